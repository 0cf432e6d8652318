"""How often grid points are chosen, softly: each value shared by the two points around it, in proportion to nearness.

    u between the points k and k + 1 ──► 1 - (u - k) for the one, u - k for the other ──► mean over values

The piecewise linear density of Ballé et al. 2017, "End-to-end Optimized Image Compression", section 3.
"""

import torch
from torch import Tensor


def linear_histogram(u: Tensor, largest: Tensor) -> Tensor:
    """Mean shares (groups, 2 m + 1) of the points -m..m, m the greatest of ``largest``; differentiable in ``u``.

    A group's own points come first, and zeros after them.

    Args:
        u: values (groups, n) in units of the grid, none beyond the group's last point.
        largest: last point of each group, whole numbers (groups, 1).
    """
    last = 2 * largest
    u = u + largest
    lower = torch.minimum(u.detach().nan_to_num().floor(), (last - 1).clamp(min=0))
    upper = torch.minimum(lower + 1, last)
    share = u - lower
    q = u.new_zeros(u.shape[0], int(last.max()) + 1)
    q = q.scatter_add(1, lower.long(), 1 - share).scatter_add(1, upper.long(), share)
    return q / max(u.shape[1], 1)
