"""Soft assignment of scalars to the centers near them: ``soft_assign`` for d = 1 at a fraction of its time.

    z ──► the cell of each value ──► values laid out cell by cell ──► chunks: some cells and a band of centers
    chunk ──► phi = softmax(-sigma * distance), (band, values) ──► z_soft, q; made anew in the backward pass

Centers outside a band weigh less than the float type can tell; at a low sigma that is none of them, and the band is all
centers. Laid out so, neither centers are gathered nor sums scattered value by value: a band is a slice.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from compressible.quantizers.scalar_cells import sort_cells
from compressible.quantizers.soft_assignment import CHUNK_ELEMENTS, Distance, SoftAssignment

CHUNK_COST = 1 << 14
"""The fixed time of a chunk, in entries of phi that take as long."""
BUFFERS = 4
"""Arrays of the size of phi that the backward pass holds at once; together they have ``CHUNK_ELEMENTS`` entries."""


def banded_soft_assign(z: Tensor, centers: Tensor, sigma: float, distance: Distance = "squared") -> SoftAssignment:
    """Assign each scalar softly to all centers of its group, as ``soft_assign`` does to the resolution of the type.

    Args:
        z: scalars (g, n, 1).
        centers: (g, L, 1), or (1, L, 1) where all groups share them; in any order.
        sigma: hardness; at infinity all of a value goes to its nearest center, and no gradient moves an assignment.
        distance: squared or plain.

    Returns:
        Differentiable soft values and soft histogram, and the symbols. Computed in float32 whatever autocast says.
    """
    if z.dtype != torch.float64:
        z, centers = z.float(), centers.float()
    g, n, _ = z.shape
    size = centers.shape[1]
    c = centers[..., 0].expand(g, -1)
    cells = sort_cells(c.detach())
    found = cells.find(z.detach()[..., 0])
    symbols = cells.symbols(found)
    if math.isinf(sigma):
        z_soft, sums = _HardAssign.apply(z[..., 0], c, symbols)
        return SoftAssignment(z_soft[..., None], sums / max(n, 1), symbols)
    layout = found.flatten().sort(stable=True).indices
    counts = torch.bincount(found.flatten(), minlength=g * size).view(g, size)
    first, last = cells.bands(sigma, distance)
    chunks = _chunks(counts.tolist(), first.tolist(), last.tolist())
    laid_out, ascending = z.flatten().gather(0, layout), c.gather(1, cells.order)
    soft, sums = _BandedAssign.apply(laid_out, ascending, chunks, sigma, distance)
    z_soft = torch.zeros_like(soft).scatter(0, layout, soft).view_as(z)
    return SoftAssignment(z_soft, torch.zeros_like(sums).scatter(1, cells.order, sums) / max(n, 1), symbols)


@torch.no_grad()
def mean_largest_assignment(z: Tensor, centers: Tensor, sigma: float, distance: Distance = "squared") -> float:
    """Mean over all scalars of max_j phi_j: from 1/L, where assignments are even, to 1, where they are hard.

    Args:
        z: scalars (g, n, 1).
        centers: (g, L, 1), or (1, L, 1) where all groups share them; in any order.
        sigma: hardness; at infinity all of a value goes to its nearest center.
        distance: squared or plain.
    """
    if math.isinf(sigma):
        return 1.0
    rows = max(1, CHUNK_ELEMENTS // BUFFERS // centers.shape[1])
    total = 0.0
    for values, c in zip(z[..., 0], centers.expand(len(z), -1, -1), strict=True):
        for chunk in values.split(rows):
            total += float(_assignments(c - chunk, sigma, distance).amax(0).sum(dtype=torch.float64))
    return total / z.numel()


class _HardAssign(torch.autograd.Function):
    """Values (g, n), centers (g, L), symbols ──► the symbols' centers, which alone get a gradient, and their counts."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, centers: Tensor, symbols: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(symbols)
        return centers.gather(1, symbols), torch.zeros_like(centers).scatter_add_(1, symbols, torch.ones_like(z))

    @staticmethod
    def backward(ctx: Any, grad_z_soft: Tensor, grad_sums: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        (symbols,) = ctx.saved_tensors
        return torch.zeros_like(grad_z_soft), torch.zeros_like(grad_sums).scatter_add_(1, symbols, grad_z_soft), None


@dataclass(frozen=True)
class _Chunk:
    """Values laid out from ``start`` to before ``stop``, and their band: centers from ``first`` to before ``last``."""

    group: int
    start: int
    stop: int
    first: int
    last: int

    @property
    def entries(self) -> int:
        return (self.stop - self.start) * (self.last - self.first)

    def joined(self, after: "_Chunk") -> "_Chunk":
        return _Chunk(self.group, self.start, after.stop, self.first, after.last)

    def split(self) -> "Iterator[_Chunk]":
        """The same in pieces that fit their buffers."""
        rows = max(1, CHUNK_ELEMENTS // BUFFERS // (self.last - self.first))
        for start in range(self.start, self.stop, rows):
            yield _Chunk(self.group, start, min(start + rows, self.stop), self.first, self.last)


def _chunks(
    counts: Sequence[Sequence[int]], first: Sequence[Sequence[int]], last: Sequence[Sequence[int]]
) -> list[_Chunk]:
    """Chunks of values laid out by group and cell, from the (g, L) sizes and bands of the cells."""
    runs: list[_Chunk] = []
    start = 0
    for group, cells in enumerate(zip(counts, first, last, strict=True)):
        filled = []
        for count, low, high in zip(*cells, strict=True):
            if count:
                filled.append(_Chunk(group, start, start + count, low, high))
            start += count
        runs += _join(filled)
    return [chunk for run in runs for chunk in run.split()]


def _join(cells: Iterable[_Chunk]) -> list[_Chunk]:
    """Neighbours made one as long as all that their common, wider band adds costs less than a chunk."""
    runs: list[_Chunk] = []
    needed = 0
    for cell in cells:
        needed += cell.entries
        if runs and (both := runs[-1].joined(cell)).entries - needed <= CHUNK_COST:
            runs[-1] = both
        else:
            runs.append(cell)
            needed = cell.entries
    return runs


class _BandedAssign(torch.autograd.Function):
    """Values laid out (g * n,), sorted centers (g, L), chunks ──► soft values (g * n,), sums of phi (g, L)."""

    @staticmethod
    def forward(
        ctx: Any, z: Tensor, centers: Tensor, chunks: list[_Chunk], sigma: float, distance: Distance
    ) -> tuple[Tensor, Tensor]:
        z_soft = torch.empty_like(z)
        sums = torch.zeros_like(centers)
        for chunk in chunks:
            values, c = z[chunk.start : chunk.stop], centers[chunk.group, chunk.first : chunk.last, None]
            phi = _assignments(c - values, sigma, distance)
            sums[chunk.group, chunk.first : chunk.last] += phi.sum(1)
            z_soft[chunk.start : chunk.stop] = phi.mul_(c).sum(0)
        ctx.save_for_backward(z, centers)
        ctx.chunks, ctx.sigma, ctx.distance = chunks, sigma, distance
        return z_soft, sums

    @staticmethod
    def backward(ctx: Any, grad_z_soft: Tensor, grad_sums: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        z, centers = ctx.saved_tensors
        grad_z = torch.empty_like(z)
        grad_centers = torch.zeros_like(centers)
        for chunk in ctx.chunks:
            rows, band = slice(chunk.start, chunk.stop), (chunk.group, slice(chunk.first, chunk.last))
            c, grad_soft = centers[band][:, None], grad_z_soft[rows]
            apart = c - z[rows]
            phi = _assignments(apart, ctx.sigma, ctx.distance)
            grad_phi = torch.addcmul(grad_sums[band][:, None], c, grad_soft)
            grad_centers[band] += (phi * grad_soft).sum(1)
            # Gradient with respect to -sigma * distance, times the derivative of sigma * distance.
            pull = grad_phi.sub_((phi * grad_phi).sum(0)).mul_(phi).mul_(_slope(apart, ctx.sigma, ctx.distance))
            grad_z[rows] = pull.sum(0)
            grad_centers[band] -= pull.sum(1)
        return grad_z, grad_centers, None, None, None


def _assignments(apart: Tensor, sigma: float, distance: Distance) -> Tensor:
    """Phi of a chunk from the differences c - z, (band, values)."""
    away = apart.square() if distance == "squared" else apart.abs()
    return torch.softmax(away.mul_(-sigma), 0)


def _slope(apart: Tensor, sigma: float, distance: Distance) -> Tensor:
    """Derivative of sigma * distance with respect to c; overwrites ``apart``."""
    return apart.mul_(2 * sigma) if distance == "squared" else apart.sign_().mul_(sigma)
