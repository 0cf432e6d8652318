"""Optimizers by the names configurations use, for named parameters."""

from collections.abc import Callable, Iterable
from typing import Protocol

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
