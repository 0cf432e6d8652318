"""Which tensors share a stream: those whose symbols are so alike that a table for both costs less than two.

histograms, sorted by entropy ──► the two neighbours that gain most are joined ──► ... until none gain
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

STREAM_BITS = 8 * 12
"""What a stream costs beside its symbols' share of the table: codebook, length, the last word of its code."""
SYMBOL_BITS = 6
"""What a symbol costs in a table, about."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often each grid point occurs.

    Attributes:
        lowest: the first grid point.
        counts: (L,), from that on.
    """

    lowest: int
    counts: NDArray[np.integer]

    @classmethod
    def of(cls, points: NDArray[np.integer]) -> Self:
        """Of integers in any shape; there must be one."""
        lowest = int(points.min())
        return cls(lowest, np.bincount((points - lowest).ravel()))

    def joined(self, other: "Histogram") -> "Histogram":
        """Of both together."""
        lowest = min(self.lowest, other.lowest)
        counts = np.zeros(max(h.lowest + len(h.counts) for h in (self, other)) - lowest, dtype=np.int64)
        for histogram in (self, other):
            start = histogram.lowest - lowest
            counts[start : start + len(histogram.counts)] += histogram.counts
        return Histogram(lowest, counts)

    @cached_property
    def entropy(self) -> float:
        """Bits a symbol."""
        shares = self.counts[self.counts > 0] / self.counts.sum()
        return float(-(shares * np.log2(shares)).sum())

    def bits(self, symbol_bits: int) -> float:
        """What a stream of its own costs."""
        return self.entropy * float(self.counts.sum()) + STREAM_BITS + symbol_bits * len(self.counts)


@dataclass(frozen=True, eq=False)
class Group:
    """Tensors that share a stream.

    Attributes:
        members: their indices.
        histogram: of their symbols.
    """

    members: tuple[int, ...]
    histogram: Histogram


def merge_streams(histograms: Sequence[Histogram], symbol_bits: int = SYMBOL_BITS) -> list[Group]:
    """Groups of the given histograms, each of which is in one of them.

    Args:
        histograms: of the tensors.
        symbol_bits: what a symbol adds to a stream, its center included where that is listed.
    """
    groups = sorted((Group((i,), h) for i, h in enumerate(histograms)), key=lambda group: group.histogram.entropy)
    pairs = [_joined(*pair) for pair in pairwise(groups)]
    while pairs:
        apart = [one.histogram.bits(symbol_bits) + other.histogram.bits(symbol_bits) for one, other in pairwise(groups)]
        gains = np.subtract(apart, [pair.histogram.bits(symbol_bits) for pair in pairs])
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        groups[best : best + 2] = [pairs.pop(best)]
        for index in (best - 1, best):
            if 0 <= index < len(pairs):
                pairs[index] = _joined(groups[index], groups[index + 1])
    return groups


def _joined(one: Group, other: Group) -> Group:
    return Group(one.members + other.members, one.histogram.joined(other.histogram))
