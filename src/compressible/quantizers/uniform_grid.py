"""Uniform scalar quantization, what `Scalar` and `Perceptual` share: round to multiples of a step, clip.

    z ──► round(z / step) = k, clipped to -m..m ──► symbol k + m ──► z_hat = k * step

The piecewise linear density behind the soft histogram is that of Ballé et al. 2017, "End-to-end Optimized Image
Compression", section 3.
"""

from collections.abc import Sequence
from math import isfinite

import torch
from torch import Tensor

from compressible.quantizers.base import Quantized, Quantizer, straight_through
from compressible.quantizers.linear_histogram import linear_histogram


class UniformGrid(Quantizer):
    """Multiples of a group's step, each entry of a vector by itself.

    Args:
        dimension: d, entries of a vector.
        steps: distance of two levels of each group, in units of z.
        largest: m of each group, whose alphabet is 2 m + 1.
    """

    steps: Tensor
    largest: Tensor

    def __init__(self, dimension: int, steps: Sequence[float], largest: Sequence[int]) -> None:
        if not all(isfinite(step) and step > 0 for step in steps):
            raise ValueError(f"steps must be positive and finite, got {', '.join(f'{step:g}' for step in set(steps))}")
        super().__init__(alphabet=tuple(2 * m + 1 for m in largest))
        self.symbol_shape = (dimension,)
        self.register_buffer("steps", torch.tensor(steps, dtype=torch.float32).view(-1, 1, 1), persistent=False)
        self.register_buffer("largest", torch.tensor(largest).view(-1, 1, 1), persistent=False)

    def forward(self, z: Tensor) -> Quantized:
        """Quantize ``z`` (groups, n, d); symbols have the shape of ``z``."""
        symbols = self.symbols(z)
        hard = self.dequantize(symbols)
        z_hat = self.relaxed(z, hard) if self.training else hard
        return Quantized(z_hat, symbols, self.alphabet, soft_histogram=self._soft_histogram(z))

    def relaxed(self, z: Tensor, hard: Tensor) -> Tensor:
        """What a training step goes on with: ``hard``, straight-through."""
        return straight_through(z, hard)

    def symbols(self, z: Tensor) -> Tensor:
        """0..2m of each group, the middle one for zero and for what is not a number."""
        k = torch.round(z.float() / self.steps).nan_to_num().clamp(-self.largest, self.largest)
        return k.long() + self.largest

    def dequantize(self, symbols: Tensor) -> Tensor:
        """Multiples of the steps. Raises ``ValueError`` on a symbol outside the alphabet."""
        self.check_symbols(symbols)
        return (symbols - self.largest) * self.steps

    def _soft_histogram(self, z: Tensor) -> Tensor:
        """Each value shared linearly by the two levels around it, (groups, levels); differentiable in ``z``."""
        u = (z.float() / self.steps).clamp(-self.largest, self.largest).flatten(1)
        return linear_histogram(u, self.largest.flatten(1))
