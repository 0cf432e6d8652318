"""Soft assignment of vectors to centers in bounded memory.

    z (g, n, d), centers (1 | g, L, d) ──► phi = softmax(-sigma * distance) ──► z_soft = phi @ centers
                                                                          ├──► q = mean of phi over the n vectors
                                                                          └──► symbols = nearest center

The (g, n, L) matrix phi is made chunk by chunk, in the forward pass and once more in the backward pass, and never kept.
Agustsson et al. 2017, eq. (7); the Euclidean form is that of Gregorová et al. 2021.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

Distance = Literal["squared", "euclidean"]

CHUNK_ELEMENTS = 1 << 20
"""Entries of phi held at a time: 4 MiB in float32, which stays in the second-level caches."""


class SoftAssignment(NamedTuple):
    """Soft values (g, n, d), soft histogram q (g, L) and nearest centers (g, n)."""

    z_soft: Tensor
    soft_histogram: Tensor
    symbols: Tensor


def soft_assign(z: Tensor, centers: Tensor, sigma: float, distance: Distance = "squared") -> SoftAssignment:
    """Assign each vector softly to all centers of its group.

    Args:
        z: vectors (g, n, d).
        centers: (g, L, d), or (1, L, d) where all groups share them.
        sigma: hardness; at infinity all of a vector goes to its nearest center, and no gradient moves an assignment.
        distance: squared Euclidean (SHVQ) or plain Euclidean (LTC).

    Returns:
        Differentiable soft values and soft histogram, and the symbols. Computed in float32 whatever autocast says.
    """
    if z.dtype != torch.float64:
        z, centers = z.float(), centers.float()
    with _full_precision(z):
        return SoftAssignment(*_SoftAssign.apply(z, centers, sigma, distance))  # pyright: ignore[reportArgumentType]


def nearest(z: Tensor, centers: Tensor) -> Tensor:
    """Index of the nearest center for each vector, (g, n) int64; ties go to the lower index."""
    z, centers = z.float(), centers.float()
    symbols = torch.empty(z.shape[:2], dtype=torch.int64, device=z.device)
    with _full_precision(z):
        for groups, rows in _chunks(z.shape[0], z.shape[1], centers.shape[1]):
            symbols[groups, rows] = _half_distance(z[groups, rows], _of(centers, groups)).argmin(-1)
    return symbols


@dataclass
class _Saved:
    sigma: float
    distance: Distance


class _SoftAssign(torch.autograd.Function):
    """Recomputes phi in the backward pass: time against the memory of all assignments."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, centers: Tensor, sigma: float, distance: Distance) -> tuple[Tensor, ...]:
        g, n, _ = z.shape
        z_soft = torch.empty_like(z)
        q = z.new_zeros(g, centers.shape[1])
        symbols = torch.empty(g, n, dtype=torch.int64, device=z.device)
        for groups, rows in _chunks(g, n, centers.shape[1]):
            z_chunk, c = z[groups, rows], _of(centers, groups)
            half = _half_distance(z_chunk, c)
            symbols[groups, rows] = half.argmin(-1)
            phi, _ = _assignments(half, z_chunk, sigma, distance)
            z_soft[groups, rows] = phi @ c
            q[groups] += phi.sum(1)
        q /= max(n, 1)
        ctx.save_for_backward(z, centers)
        ctx.saved = _Saved(sigma, distance)
        ctx.mark_non_differentiable(symbols)
        return z_soft, q, symbols

    @staticmethod
    def backward(ctx: Any, grad_z_soft: Tensor, grad_q: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        with _full_precision(grad_z_soft):
            return _SoftAssign._gradients(ctx, grad_z_soft, grad_q)

    @staticmethod
    def _gradients(ctx: Any, grad_z_soft: Tensor, grad_q: Tensor) -> tuple[Tensor | None, ...]:
        z, centers = ctx.saved_tensors
        saved: _Saved = ctx.saved
        g, n, _ = z.shape
        grad_q = grad_q / max(n, 1)
        grad_z = torch.empty_like(z)
        grad_centers = torch.zeros_like(centers)
        # Hard assignments are constant almost everywhere.
        slope = 0.0 if math.isinf(saved.sigma) else saved.sigma
        for groups, rows in _chunks(g, n, centers.shape[1]):
            z_chunk, c, grad_soft = z[groups, rows], _of(centers, groups), grad_z_soft[groups, rows]
            phi, euclidean = _assignments(_half_distance(z_chunk, c), z_chunk, saved.sigma, saved.distance)
            grad_phi = torch.matmul(grad_soft, c.mT) + grad_q[groups, None]
            # Gradient of the softmax with respect to -distance, scaled by sigma.
            pull = phi * (grad_phi - (phi * grad_phi).sum(-1, keepdim=True)) * slope
            # d |z-c|^2 / dz = 2 (z - c), and d |z-c| / dz = (z - c) / |z - c|.
            pull = 2 * pull if euclidean is None else pull / euclidean
            # -pull is the weight of (z - c_j) in dz and of (c_j - z) in dc_j.
            grad_z[groups, rows] = pull @ c - pull.sum(-1, keepdim=True) * z_chunk
            grad_c = phi.mT @ grad_soft + pull.mT @ z_chunk - pull.sum(1).unsqueeze(-1) * c
            if centers.shape[0] == 1:
                grad_centers += grad_c.sum(0, keepdim=True)
            else:
                grad_centers[groups] += grad_c
        return grad_z, grad_centers, None, None


def _assignments(half: Tensor, z: Tensor, sigma: float, distance: Distance) -> tuple[Tensor, Tensor | None]:
    """Phi of a chunk from its half distances, and for the Euclidean form the distances that its gradient needs."""
    if math.isinf(sigma):
        return torch.zeros_like(half).scatter_(-1, half.argmin(-1, keepdim=True), 1.0), None
    if distance == "squared":
        return torch.softmax(half * (-2 * sigma), -1), None
    norms = (z * z).sum(-1, keepdim=True)
    # A distance below what rounding lets us tell from zero would blow the rounding up in the backward pass.
    smallest = (8 * torch.finfo(z.dtype).eps * norms).clamp(min=1e-12)
    euclidean = torch.maximum(2 * half + norms, smallest).sqrt()
    return torch.softmax(-sigma * euclidean, -1), euclidean


def _half_distance(z: Tensor, centers: Tensor) -> Tensor:
    """|c|^2 / 2 - z.c: half the squared distance, short of |z|^2 / 2, which neither softmax nor argmin sees."""
    norms = (centers * centers).sum(-1).div(2).unsqueeze(1)
    if centers.shape[0] == 1:
        return norms - (z.reshape(-1, z.shape[-1]) @ centers[0].mT).view(*z.shape[:2], -1)
    return torch.baddbmm(norms, z, centers.mT, alpha=-1)


def _full_precision(z: Tensor) -> torch.autocast:
    return torch.autocast(z.device.type, enabled=False)


def _of(centers: Tensor, groups: slice) -> Tensor:
    return centers if centers.shape[0] == 1 else centers[groups]


def _chunks(g: int, n: int, size: int) -> Iterator[tuple[slice, slice]]:
    """Slices of groups and rows such that a chunk of phi has about ``CHUNK_ELEMENTS`` entries."""
    rows = max(1, CHUNK_ELEMENTS // size)
    groups = max(1, rows // max(n, 1))
    for group in range(0, g, groups):
        for row in range(0, n, rows):
            yield slice(group, group + groups), slice(row, row + rows)
