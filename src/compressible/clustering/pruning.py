"""Magnitude pruning: the weights nearest to zero become zero.

Han et al. 2015, "Learning both weights and connections for efficient neural networks". There a threshold for each
layer, a multiple of its standard deviation, is chosen by hand; here the share of pruned weights is given.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def magnitude_mask(weights: NDArray[np.floating], ratio: float) -> NDArray[np.bool_]:
    """True where a weight is kept, (n,). Of equal magnitudes the first are pruned.

    Args:
        weights: (n,).
        ratio: share of the weights that are pruned, 0..1, rounded to a whole number of weights.

    Raises:
        ValueError: the ratio is outside 0..1.
    """
    if not 0 <= ratio <= 1:
        raise ValueError(f"the share of pruned weights must lie in 0..1, got {ratio}")
    kept = np.ones(len(weights), dtype=bool)
    kept[np.argsort(np.abs(weights), kind="stable")[: round(ratio * len(weights))]] = False
    return kept


def magnitude_mask_per_tensor(weights: NDArray[np.floating], sizes: Sequence[int], ratio: float) -> NDArray[np.bool_]:
    """``magnitude_mask``, the same share of each tensor of ``weights`` (n,), which follow each other.

    Args:
        weights: (n,).
        sizes: number of weights of each tensor; their sum is n.
        ratio: see ``magnitude_mask``.

    Raises:
        ValueError: the sizes do not add up to n, or the ratio is outside 0..1.
    """
    if sum(sizes) != len(weights):
        raise ValueError(f"tensors of {sum(sizes)} weights in all cannot make a vector of {len(weights)}")
    parts = np.split(weights, np.cumsum(sizes)[:-1])
    return np.concatenate([magnitude_mask(part, ratio) for part in parts])
