"""Which grid point a number is coded as, when rarer points cost more bits.

Of all grid points k, each of b_k bits, the one with the least (x - k)^2 + price * b_k is taken. As x^2 is common to
all, a point's cost is a straight line in x, and from left to right the least of straight lines changes hands once at
most: so the cells are intervals, and those of points that never pay are empty.

Chou, Lookabaugh and Gray 1989, "Entropy-constrained vector quantization", for scalars, with the points on a grid.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 2**20
"""Numbers that are looked up at a time."""


@dataclass(frozen=True)
class Cells:
    """Intervals of the real line, each coded as one grid point.

    Attributes:
        points: (m,) int32, ascending.
        ends: (m - 1,) float32, where each interval but the last ends.
    """

    points: NDArray[np.int32]
    ends: NDArray[np.float32]

    def find(self, x: NDArray[np.float32]) -> NDArray[np.int32]:
        """The grid points that ``x`` is coded as, in its shape."""
        flat = x.ravel()
        found = np.empty(len(flat), dtype=np.int32)
        for start in range(0, len(flat), _BLOCK):
            block = slice(start, start + _BLOCK)
            found[block] = self.points[np.searchsorted(self.ends, flat[block])]
        return found.reshape(x.shape)


def design_cells(points: NDArray[np.integer], counts: NDArray[np.integer], price: float) -> Cells:
    """The best cells for points that are used ``counts`` times, and so cost minus log2 of their share in bits.

    Args:
        points: (L,) integers, ascending.
        counts: (L,), not negative, one positive; a point of count 0 is not taken again.
        price: of a bit, in squares of the grid's step.
    """
    used = counts > 0
    kept = points[used]
    bits = -np.log2(counts[used] / counts.sum())
    lines = list(zip(kept.tolist(), (kept.astype(np.float64) ** 2 + price * bits).tolist(), strict=True))
    # The lower envelope, from left to right: a line whose cell would end before it begins has none.
    hull: list[tuple[int, float]] = []
    ends: list[float] = []
    for point, cost in lines:
        while hull:
            end = (cost - hull[-1][1]) / (2 * (point - hull[-1][0]))
            if not ends or end > ends[-1]:
                ends.append(end)
                break
            hull.pop()
            ends.pop()
        hull.append((point, cost))
    return Cells(np.array([point for point, _ in hull], dtype=np.int32), np.array(ends, dtype=np.float32))
