"""Weights on a grid, chosen so that a layer's output changes little for few bits.

What an error e of the weights does to a layer's output is e^T H e, where H is the correlation of what the weights are
multiplied with. The kernel of a convolution meets neighbouring places of a feature map, which resemble each other, so
the error of one of its weights is nearly made up for by an opposite one beside it. No data are needed to know as much:
H is that of a first-order process along each axis of the kernel, rho^distance. All else, linear layers and embeddings
included, gets the identity. What is minimised over grid points k, in squares of the grid's step, is

    e^T H e + PRICE * bits,     e = k - w / step

one place of all kernels of a tensor after another, the others held fixed: each is a matter of ``cells`` for weights
moved by what the errors of the others ask for.

With the correlation measured on data this is the error feedback of GPTQ (Frantar et al. 2023); that errors which cancel
within a kernel do less harm, and need no data, is shown by SQuant (Guo et al. 2022).
"""

from functools import reduce
from math import prod

import numpy as np
from numpy.typing import NDArray

from compressible.weights.cells import Cells, design_cells

CORRELATION = 0.5
"""Of neighbouring places of a feature map."""
PRICE = 0.025
"""Of a bit. A lower slope than the 0.1155 at which rate and squared error balance on a fine grid, since what saves bits
moves all weights toward zero, and that error adds up over a layer as an even one does not."""

_SWEEPS = 2
_MAX_SIDE = 16
_MAX_PLACES = 256


def quantize_on_grid(weights: NDArray[np.float32], step: float) -> NDArray[np.int32]:
    """Grid points of finite ``weights``, in their shape; they stand for ``step`` times as much."""
    places = weights.shape[2:] if is_kernel(weights.shape) else ()
    pull = correlation(places)
    np.fill_diagonal(pull, 0)
    # One row a place, so that what is worked on lies together.
    x = np.ascontiguousarray((weights / np.float32(step)).reshape(-1, len(pull)).T)
    points = np.rint(x).astype(np.int32)
    for _ in range(_SWEEPS):
        cells = _cells(points)
        errors = points.astype(np.float32) - x
        for place, row in enumerate(pull):
            points[place] = cells.find(x[place] - row @ errors if row.any() else x[place])
            errors[place] = points[place] - x[place]
    return points.T.reshape(weights.shape)


def is_kernel(shape: tuple[int, ...]) -> bool:
    """Whether a tensor of this shape looks like that of a convolution: outputs, inputs, and a small window."""
    places = shape[2:]
    return 1 <= len(places) <= 3 and max(places) <= _MAX_SIDE and prod(places) <= _MAX_PLACES


def correlation(places: tuple[int, ...]) -> NDArray[np.float32]:
    """H for a window with such sides, (P, P) over its P places."""
    axes = [CORRELATION ** np.abs(np.subtract.outer(np.arange(side), np.arange(side))) for side in places]
    return reduce(np.kron, axes, np.ones((1, 1))).astype(np.float32)


def _cells(points: NDArray[np.int32]) -> Cells:
    lowest = int(points.min())
    counts = np.bincount((points - lowest).ravel())
    return design_cells(lowest + np.arange(len(counts)), counts, PRICE)
