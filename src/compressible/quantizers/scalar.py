"""Uniform scalar quantization with one step: the quantizer of the lossy standards and the baseline of learned ones.

    z ──► round(z / step) = k, clipped to -m..m ──► symbol k + m ──► z_hat = k * step
      └─► training: straight-through, or z + step * U(-1/2, 1/2)

Rounding with an identity gradient: Theis et al. 2017; additive noise: Ballé et al. 2017, "End-to-end Optimized Image
Compression", section 3.
"""

from typing import Literal

import torch
from torch import Tensor

from compressible.quantizers.uniform_grid import UniformGrid


class Scalar(UniformGrid):
    """Uniform grid of ``levels`` values around zero, for each entry of a vector by itself.

    Args:
        groups: number of groups.
        dimension: d, entries of a vector, each quantized by itself.
        levels: size of the alphabet, odd so that zero is a level.
        step: distance of two levels, in units of z.
        relaxation: what a training step goes on with: the rounded value with an identity gradient, or z plus uniform
            noise of one step's width.
    """

    def __init__(
        self,
        groups: int,
        dimension: int,
        levels: int = 31,
        step: float = 1.0,
        relaxation: Literal["straight_through", "noise"] = "straight_through",
    ) -> None:
        if levels < 1 or levels % 2 == 0:
            raise ValueError(f"levels must be odd and positive, got {levels}")
        if relaxation not in ("straight_through", "noise"):
            raise ValueError(f"relaxation must be straight_through or noise, got {relaxation}")
        super().__init__(dimension, (step,) * groups, (levels // 2,) * groups)
        self.relaxation = relaxation

    def relaxed(self, z: Tensor, hard: Tensor) -> Tensor:
        """See the class."""
        if self.relaxation == "straight_through":
            return super().relaxed(z, hard)
        limit = self.largest * self.steps
        return z.clamp(-limit, limit) + self.steps * (torch.rand_like(z) - 0.5)
