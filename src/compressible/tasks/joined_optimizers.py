"""Several optimizers as one, each with parameters of its own."""

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import nn, optim

from compressible.tasks.optimizers import adam, sgd


class Joined(optim.Optimizer):
    """Optimizers that step together. Learning rate schedules and checkpoints see their groups one after another.

    Args:
        optimizers: freshly made, of different parameters.
    """

    def __init__(self, optimizers: Sequence[optim.Optimizer]) -> None:
        self.optimizers = tuple(optimizers)
        super().__init__([group for optimizer in optimizers for group in optimizer.param_groups], {})
        self._share()

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One step of each."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for optimizer in self.optimizers:
            optimizer.step()
        return loss

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from ``state_dict``."""
        super().load_state_dict(state_dict)
        self._share()

    def _share(self) -> None:
        """Groups and state are the same objects in each optimizer as here."""
        groups = iter(self.param_groups)
        for optimizer in self.optimizers:
            optimizer.param_groups = [next(groups) for _ in optimizer.param_groups]
            optimizer.state = self.state


def sgd_and_adam(
    params: Iterable[tuple[str, nn.Parameter]],
    lr: float = 0.05,
    momentum: float = 0.9,
    nesterov: bool = True,
    weight_decay: float = 0.0,
    adam_lr: float = 1e-3,
    adam_for: Sequence[str] = ("*.centers", "*.log_scale_*"),
) -> Joined:
    """Gradient descent with momentum, and Adam for the parameters whose names are like one of ``adam_for``.

    Adam divides by the noise of a gradient, under which the small but steady pull of a rate on each of many weights is
    lost. Centers and scales, whose gradients are sums over thousands of weights, need just that division.
    """
    named = list(params)
    chosen = [any(fnmatchcase(name, pattern) for pattern in adam_for) for name, _ in named]
    rest = [item for item, own in zip(named, chosen, strict=True) if not own]
    return Joined(
        [
            sgd(rest, lr, momentum, nesterov, weight_decay),
            adam([item for item, own in zip(named, chosen, strict=True) if own], adam_lr),
        ]
    )
