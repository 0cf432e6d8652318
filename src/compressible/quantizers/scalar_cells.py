"""Scalar centers in ascending order, and the cell of values nearest to each.

    centers, sorted     c_0      c_1     c_2            c_3
    cells             ──────┤├────────┤├─────────┤├──────────
    ends                    e_0       e_1        e_2

In one dimension the nearest center is found by bisection, and the centers that matter to a value are neighbours.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from compressible.quantizers.soft_assignment import Distance


@dataclass(frozen=True)
class Cells:
    """The cells of g groups of L scalar centers; cell j holds e_(j-1) < z <= e_j.

    Attributes:
        centers: (g, L), ascending.
        order: where each stood before sorting, (g, L) int64.
        labels: the lowest index at which its value stood, (g, L) int64: the symbol of the cell.
        ends: (g, L - 1). A value is in the cell of its nearest center, if two are equally near in that of the lower
            index; judged in float64, so that float32 values are not misjudged by rounding.
    """

    centers: Tensor
    order: Tensor
    labels: Tensor
    ends: Tensor

    def find(self, z: Tensor) -> Tensor:
        """Number of each value's cell among the cells of all groups, group * L + j, (g, n) int32.

        What is not a number is in the last cell of its group.
        """
        g, size = self.centers.shape
        first = torch.arange(0, g * size, size, dtype=torch.int32, device=z.device)
        return torch.searchsorted(self.ends, z.contiguous(), out_int32=True).add_(first[:, None])

    def symbols(self, found: Tensor) -> Tensor:
        """Index of the nearest center, (g, n) int64, from the cells found."""
        return self.labels.flatten().index_select(0, found.flatten()).view(found.shape)

    def bands(self, sigma: float, distance: Distance) -> tuple[Tensor, Tensor]:
        """The centers a value of each cell can feel at a finite ``sigma``: those from a first to before a last one.

        A center is left out if exp(-sigma * (its distance - that of the nearest)) is below eps / 128 / L for all values
        of the cell; all that are left out then weigh less than eps / 128, eps being the resolution of the float type.
        The difference of distances is least at the end of the cell that faces the center.

        Returns:
            Positions of the first and after the last center, each (g, L) int64.
        """
        c, ends = self.centers.double(), self.ends.double()
        size = c.shape[1]
        exponent = math.log(128 * size / torch.finfo(self.centers.dtype).eps)
        further = exponent / sigma if sigma > 0 else math.inf
        below = ends - _reach(c[:, 1:] - ends, further, distance)
        above = ends + _reach(ends - c[:, :-1], further, distance)
        outside = ends.new_full((len(c), 1), math.inf)
        # A cell whose ends are not numbers gets all centers, so that it passes them on; they are the last in order.
        c = c.nan_to_num(nan=math.inf, posinf=math.inf)
        first = torch.searchsorted(c, torch.cat([-outside, below], 1).nan_to_num(nan=-math.inf))
        last = torch.searchsorted(
            c, torch.cat([above, outside], 1).nan_to_num(nan=math.inf, posinf=math.inf), right=True
        )
        return first, last


def _reach(nearest: Tensor, further: float, distance: Distance) -> Tensor:
    """How far a center may be so that its distance exceeds that of the nearest one by no more than ``further``."""
    return (nearest.square() + further).sqrt() if distance == "squared" else nearest.abs() + further


def sort_cells(centers: Tensor) -> Cells:
    """The cells of ``centers`` (g, L)."""
    c, order = centers.sort(dim=1, stable=True)
    # What is not a number is found behind the last center.
    labels = order.gather(1, torch.searchsorted(c, c).clamp_(max=c.shape[1] - 1))
    # A midpoint that was rounded up, or is the upper center's for its lower index, is not in the lower cell any more.
    exact = (c[:, :-1].double() + c[:, 1:].double()) / 2
    middle = exact.to(c.dtype)
    to_upper = (middle > exact) | ((middle == exact) & (labels[:, 1:] < labels[:, :-1]))
    ends = torch.where(to_upper, torch.nextafter(middle, middle.new_tensor(-math.inf)), middle)
    return Cells(c, order, labels, ends)


def nearest_scalar(z: Tensor, centers: Tensor) -> Tensor:
    """Index of the nearest center for each scalar, (g, n) int64; ties go to the lower index.

    Args:
        z: scalars (g, n, 1).
        centers: (g, L, 1), or (1, L, 1) where all groups share them.
    """
    if z.dtype != torch.float64:
        z, centers = z.float(), centers.float()
    cells = sort_cells(centers.detach()[..., 0].expand(len(z), -1))
    return cells.symbols(cells.find(z.detach()[..., 0]))
