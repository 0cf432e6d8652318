"""Uniform rounding with a step for each transform coefficient: the quantizer of MP3, JPEG and HEVC.

    G ──► round(G / Q) = k, clipped to -m..m ──► symbol k + m ──► z_hat = k * Q,    Q and m of each group
      └─► training: straight-through

Large steps stand where the eye or the ear notices little: Wallace 1992, "The JPEG still picture compression standard",
section 4.
"""

from collections.abc import Sequence
from math import isfinite

import torch
from torch import Tensor

from compressible.quantizers.base import Quantized, Quantizer, straight_through
from compressible.quantizers.linear_histogram import linear_histogram


class Perceptual(Quantizer):
    """Multiples of a step that is a group's own; a group is a transform coefficient.

    Alphabets follow from the steps: 2 round(reach / Q) + 1 symbols.

    Args:
        groups: number of groups.
        dimension: d, entries of a vector, each quantized by itself.
        steps: Q of each group, in units of z.
        reach: beyond it values are clipped, in units of z; by default that of an orthonormal 8 x 8 DCT of samples in
            -128..128.
    """

    steps: Tensor
    largest: Tensor

    def __init__(self, groups: int, dimension: int, steps: Sequence[float], reach: float = 1024.0) -> None:
        if len(steps) != groups:
            raise ValueError(f"steps must be one for each of {groups} groups, got {len(steps)}")
        if not all(isfinite(step) and step > 0 for step in steps):
            raise ValueError("steps must be positive and finite")
        if not (isfinite(reach) and reach > 0):
            raise ValueError(f"reach must be positive and finite, got {reach}")
        largest = [round(reach / step) for step in steps]
        super().__init__(alphabet=tuple(2 * m + 1 for m in largest))
        self.symbol_shape = (dimension,)
        self.register_buffer("steps", torch.tensor(steps, dtype=torch.float32).view(-1, 1, 1), persistent=False)
        self.register_buffer("largest", torch.tensor(largest).view(-1, 1, 1), persistent=False)

    def forward(self, z: Tensor) -> Quantized:
        """Quantize ``z`` (groups, n, d); symbols have the shape of ``z``."""
        symbols = self.symbols(z)
        hard = self.dequantize(symbols)
        u = (z.float() / self.steps).clamp(-self.largest, self.largest).flatten(1)
        return Quantized(
            z_hat=straight_through(z, hard) if self.training else hard,
            symbols=symbols,
            alphabet=self.alphabet,
            soft_histogram=linear_histogram(u, self.largest.flatten(1)),
        )

    def symbols(self, z: Tensor) -> Tensor:
        """0..2m of each group, the middle one for zero and for what is not a number."""
        k = torch.round(z.float() / self.steps).nan_to_num().clamp(-self.largest, self.largest)
        return k.long() + self.largest

    def dequantize(self, symbols: Tensor) -> Tensor:
        """Multiples of the steps. Raises ``ValueError`` on a symbol outside the alphabet."""
        self.check_symbols(symbols)
        return (symbols - self.largest) * self.steps
