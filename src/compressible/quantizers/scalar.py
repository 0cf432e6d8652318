"""Uniform scalar quantization: round to a grid. The quantizer of the lossy standards and the baseline of learned ones.

    z ──► round(z / step) = k, clipped to -m..m ──► symbol k + m ──► z_hat = k * step
      └─► training: straight-through, or z + step * U(-1/2, 1/2)

Rounding with an identity gradient: Theis et al. 2017; additive noise and the piecewise linear density behind the soft
histogram: Ballé et al. 2017, "End-to-end Optimized Image Compression", section 3.
"""

from typing import Literal

import torch
from torch import Tensor

from compressible.quantizers.base import Quantized, Quantizer, straight_through
from compressible.quantizers.linear_histogram import linear_histogram


class Scalar(Quantizer):
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
        super().__init__(alphabet=(levels,) * groups)
        if levels < 1 or levels % 2 == 0:
            raise ValueError(f"levels must be odd and positive, got {levels}")
        if step <= 0:
            raise ValueError(f"step must be positive, got {step}")
        if relaxation not in ("straight_through", "noise"):
            raise ValueError(f"relaxation must be straight_through or noise, got {relaxation}")
        self.symbol_shape = (dimension,)
        self.largest = levels // 2
        self.step = step
        self.relaxation = relaxation

    def forward(self, z: Tensor) -> Quantized:
        """Quantize ``z`` (groups, n, d); symbols have the shape of ``z``."""
        symbols = self.symbols(z)
        hard = self.dequantize(symbols)
        if not self.training:
            z_hat = hard
        elif self.relaxation == "noise":
            limit = self.largest * self.step
            z_hat = z.clamp(-limit, limit) + self.step * (torch.rand_like(z) - 0.5)
        else:
            z_hat = straight_through(z, hard)
        return Quantized(z_hat, symbols, self.alphabet, soft_histogram=self._soft_histogram(z))

    def symbols(self, z: Tensor) -> Tensor:
        """0..levels-1, the middle one for zero and for what is not a number."""
        k = torch.round(z.float() / self.step).nan_to_num().clamp(-self.largest, self.largest)
        return k.long() + self.largest

    def dequantize(self, symbols: Tensor) -> Tensor:
        """Multiples of the step. Raises ``ValueError`` on a symbol outside the alphabet."""
        self.check_symbols(symbols)
        return (symbols - self.largest) * self.step

    def _soft_histogram(self, z: Tensor) -> Tensor:
        """Each value shared linearly by the two levels around it, (groups, levels); differentiable in ``z``."""
        u = (z.float() / self.step).clamp(-self.largest, self.largest).flatten(1)
        return linear_histogram(u, u.new_full((u.shape[0], 1), self.largest))
