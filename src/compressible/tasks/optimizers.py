"""Optimizers by the names configurations use, for named parameters."""

from collections.abc import Iterable

from torch import nn, optim


def adam(
    params: Iterable[tuple[str, nn.Parameter]], lr: float = 1e-4, betas: tuple[float, float] = (0.9, 0.999)
) -> optim.Adam:
    """Adam over all parameters."""
    return optim.Adam([parameter for _, parameter in params], lr=lr, betas=betas)
