"""Which bits stand for a symbol. A network that sees bits sees two symbols as near if few of their bits differ.

natural: those of its index        gray: those of the Gray code of its index        sorted: near codes, near labels

The first two know nothing of what codes mean. Zeger & Gersho 1990, "Pseudo-Gray Coding": labels are exchanged between
two codes as long as that lessens the sum of squared distances between codes whose labels differ in one bit.
"""

from typing import Literal

import torch
from torch import Tensor

Labels = Literal["natural", "gray", "sorted"]


def bits_of(size: int) -> int:
    """Bits that tell ``size`` symbols apart, one at least."""
    return max(1, (size - 1).bit_length())


def labels_of(kind: Labels, vectors: Tensor) -> Tensor:
    """The label of each symbol, (L,) int64 in 0..2^bits - 1, all different.

    Args:
        kind: how they are chosen.
        vectors: what the symbols stand for, (L, d).
    """
    index = torch.arange(len(vectors))
    match kind:
        case "natural":
            return index
        case "gray":
            return index ^ (index >> 1)
        case "sorted":
            return sorted_labels(vectors)


def sorted_labels(vectors: Tensor) -> Tensor:
    """Labels that no exchange of two improves, starting from the natural ones."""
    codes = torch.arange(len(vectors))
    distances = torch.cdist(vectors.double(), vectors.double(), compute_mode="donot_use_mm_for_euclid_dist").square()
    near = neighbours(len(vectors))
    while True:
        there = distances[codes][:, codes]
        # What the code of label b would cost at label a, all others staying.
        cost = near @ there
        own = cost.diagonal()
        change = cost + cost.T - own[:, None] - own[None] + 2 * near * there
        best = int(change.argmin())
        # Exchanges that gain nothing but a rounding error could go on for ever.
        if change.flatten()[best] >= -1e-9 * distances.sum():
            return codes.argsort()
        a, b = divmod(best, len(codes))
        codes[[a, b]] = codes[[b, a]]


def neighbours(size: int) -> Tensor:
    """1 where two of ``size`` labels differ in one bit, (L, L) float64."""
    labels = torch.arange(size)
    different = labels[:, None] ^ labels
    return sum(((different == 1 << bit).double() for bit in range(bits_of(size))), torch.zeros(size, size).double())


def signs_of_bits(labels: Tensor, bits: int) -> Tensor:
    """-1 for a 0 and 1 for a 1, the highest bit first: (L, bits) int8."""
    places = torch.arange(bits - 1, -1, -1)
    return (2 * ((labels[:, None] >> places) & 1) - 1).char()
