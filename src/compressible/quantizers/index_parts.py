"""Indices in parts: digits of one base, the most significant first, so that each fits a table of its own.

    index in 0..V-1 ──► digits d_1 ... d_p,  index = d_1 b^(p-1) + ... + d_p

p is the least number for which parts stay within 2^12 symbols, b the least base for p parts. The parts are so of nearly
the same size, and as flat symbols cost less than 0.03 bits more than the index itself.
"""

from dataclasses import dataclass
from math import prod
from typing import Self

import torch
from torch import Tensor

MAX_PART = 1 << 12
"""Symbols of a part: what the window of a histogram holds without care."""
_LIMIT = 1 << 63


@dataclass(frozen=True)
class IndexParts:
    """How an index is cut into parts.

    Attributes:
        base: b.
        sizes: number of symbols of each part; b of all but the first.
    """

    base: int
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, count: int) -> Self:
        """The parts of an index in 0..count-1. Raises ``ValueError`` if what they can say does not fit int64."""
        parts = 1
        while MAX_PART**parts < count:
            parts += 1
        base = int(count ** (1 / parts))
        while base**parts < count:
            base += 1
        sizes = (-(-count // base ** (parts - 1)), *[base] * (parts - 1))
        if prod(sizes) > _LIMIT:
            raise ValueError(f"the parts of an index must stay below 2^63, and {count} indices are too many")
        return cls(base, sizes)

    def split(self, index: Tensor) -> Tensor:
        """Parts (..., p, n) of indices (..., n)."""
        return index[..., None, :] // self._places(index) % self.base

    def join(self, parts: Tensor) -> Tensor:
        """Inverse of ``split``; parts that are none of an index give one of ``count`` or more."""
        return (parts * self._places(parts)).sum(-2)

    def _places(self, like: Tensor) -> Tensor:
        """b^(p-1), ..., b, 1, as (p, 1)."""
        exponents = range(len(self.sizes) - 1, -1, -1)
        return torch.tensor([[self.base**e] for e in exponents], device=like.device)
