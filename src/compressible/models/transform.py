"""The transform interface: pictures to coefficients and back, exactly invertible and with nothing to learn.

x (b, c, h, w) ──► forward ──► z (b, c s^2, h/s, w/s) ──► inverse ──► x
"""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Transform(nn.Module, ABC):
    """As many coefficients as there are pixels, in the same units; s^2 channels of z belong to each channel of x.

    Attributes:
        stride: s; sides of x are multiples of it.
        halo: how many places of z away from its own a pixel still matters, and a place of z from its own pixels.
    """

    stride: int
    halo: int

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """Coefficients (b, c s^2, h/s, w/s) of ``x`` (b, c, h, w)."""

    @abstractmethod
    def inverse(self, z: Tensor) -> Tensor:
        """The ``x`` whose coefficients are ``z``."""
