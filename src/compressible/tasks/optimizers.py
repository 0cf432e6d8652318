"""Optimizers by the names configurations use, for named parameters."""

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatch
from typing import Protocol

import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import nn, optim


class OptimizerFactory(Protocol):
    """Makes an optimizer for named parameters."""

    def __call__(self, params: Iterable[tuple[str, nn.Parameter]]) -> optim.Optimizer:
        """The optimizer."""
        ...


def adam(
    params: Iterable[tuple[str, nn.Parameter]], lr: float = 1e-4, betas: tuple[float, float] = (0.9, 0.999)
) -> optim.Adam:
    """Adam over all parameters."""
    return optim.Adam([parameter for _, parameter in params], lr=lr, betas=betas)


def clipped_adam(
    params: Iterable[tuple[str, nn.Parameter]],
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    clipped: Sequence[str] = ("*latent",),
) -> optim.Adam:
    """Adam over all parameters; those whose names match ``clipped`` are put back into -1..1 after every step.

    For latent weights of which only the sign is used: farther out they have no gradient (Courbariaux et al. 2015,
    "BinaryConnect", section 2.4).
    """
    named = list(params)
    latent = [parameter for name, parameter in named if any(fnmatch(name, pattern) for pattern in clipped)]
    optimizer = adam(named, lr, betas)

    @torch.no_grad()
    def clip(*_: object) -> None:
        for parameter in latent:
            parameter.clamp_(-1, 1)

    optimizer.register_step_post_hook(clip)
    return optimizer


def sgd(
    params: Iterable[tuple[str, nn.Parameter]],
    lr: float = 0.1,
    momentum: float = 0.9,
    nesterov: bool = False,
    weight_decay: float = 1e-4,
) -> optim.SGD:
    """Gradient descent with momentum; kernels and matrices decay, biases and normalisations do not."""
    parameters = [parameter for _, parameter in params]
    groups = [
        {"params": [parameter for parameter in parameters if parameter.dim() > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in parameters if parameter.dim() <= 1], "weight_decay": 0.0},
    ]
    return optim.SGD(groups, lr=lr, momentum=momentum, nesterov=nesterov)


def scheduled(optimizer: optim.Optimizer, multiple: Callable[[int], float]) -> OptimizerLRScheduler:
    """What a task hands to Lightning: the optimizer, its learning rates times ``multiple(step)`` at every step."""
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, multiple)
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
