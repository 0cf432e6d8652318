"""Mutual information between groups of codes over positions, in bits: what one group's code tells of another's.

    I(i, j) = H(i) + H(j) - H(i, j)            of the frequencies (plug-in), which is too large
    + (c_i + c_j - c_ij - 1) / (2 n ln 2)      corrected, c cells of each table occur (Miller & Madow, in Miller 1955)
    I(i, shuffled j)                           the null: what n pairs show that know nothing of each other

A joint table has as many cells as the product of two alphabets; only cells that occur are kept where that is large.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from compressible.metrics.code_statistics import count_codes, plug_in_entropy

DENSE_CELLS = 2**22
"""Joint tables up to this size are counted cell by cell (32 MB); in larger ones the cells that occur are sorted."""


@dataclass(frozen=True)
class MutualInformation:
    """Symmetric matrices (groups, groups), float64, in bits.

    Attributes:
        plug_in: of the frequencies; entropies on the diagonal.
        corrected: with the correction of Miller and Madow for each of the three entropies, (cells that occur - 1) / 2n
            nats; it may be negative.
        null: mean plug-in value where the codes of a pair are shuffled against each other, on the diagonal a group
            against itself. Neighbouring positions of an image are alike, shuffled ones are not: codes that are
            independent of one another but smooth lie above it.
    """

    plug_in: Tensor
    corrected: Tensor
    null: Tensor


@dataclass(frozen=True)
class _Joint:
    """Joint tables of all pairs, (groups, groups): entropies in bits, and numbers of cells that occur."""

    entropy: Tensor
    occupied: Tensor


def mutual_information(
    codes: Tensor, alphabet: Sequence[int], generator: torch.Generator, shuffles: int = 4
) -> MutualInformation:
    """Mutual information of all pairs of groups.

    Args:
        codes: integers (groups, n); the n positions are the samples.
        alphabet: number of codes of each group.
        generator: draws the shuffles.
        shuffles: over which the null is averaged.

    Raises:
        ValueError: if there are no shuffles, or as ``count_codes`` does.
    """
    if shuffles < 1:
        raise ValueError(f"the null needs at least one shuffle, got {shuffles}")
    counts, n = count_codes(codes, alphabet), codes.shape[1]
    entropy = torch.stack([plug_in_entropy(row) for row in counts])
    occupied = (counts > 0).sum(1)
    both = entropy[:, None] + entropy
    joint = _joint(codes, codes, alphabet)
    plug_in = both - joint.entropy
    correction = (occupied[:, None] + occupied - joint.occupied - 1).double() / (2 * n * math.log(2))
    null = torch.stack([both - _joint(codes, _shuffled(codes, generator), alphabet).entropy for _ in range(shuffles)])
    return MutualInformation(plug_in, plug_in + correction, null.mean(0))


def _joint(first: Tensor, second: Tensor, alphabet: Sequence[int]) -> _Joint:
    """Tables of group i of ``first`` with group j of ``second`` for i <= j, and the same for j, i."""
    groups = len(alphabet)
    entropy = torch.zeros(groups, groups, dtype=torch.float64, device=first.device)
    occupied = torch.zeros(groups, groups, dtype=torch.int64, device=first.device)
    for i in range(groups):
        for j in range(i, groups):
            counts = _occupied_cells(first[i].long() * alphabet[j] + second[j], alphabet[i] * alphabet[j])
            entropy[i, j] = entropy[j, i] = plug_in_entropy(counts)
            occupied[i, j] = occupied[j, i] = len(counts)
    return _Joint(entropy, occupied)


def _occupied_cells(cells: Tensor, size: int) -> Tensor:
    """Counts of the cells that occur among indices (n,) below ``size``, in the order of their indices."""
    if size > DENSE_CELLS:
        return cells.unique(return_counts=True)[1]
    counts = cells.bincount(minlength=size)
    return counts[counts > 0]


def _shuffled(codes: Tensor, generator: torch.Generator) -> Tensor:
    """Each group's codes in an order of its own."""
    orders = (torch.randperm(codes.shape[1], generator=generator, device=generator.device) for _ in codes)
    return torch.stack([row[order.to(row.device)] for row, order in zip(codes, orders, strict=True)])
