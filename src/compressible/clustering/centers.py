"""Centers: where they start, which one is nearest, where their weights put them."""

import numpy as np
from numpy.typing import NDArray


def linear_centers(weights: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """``count`` centers (L,) at equal distances from the smallest weight to the largest.

    Of three ways to begin it kept accuracy best, since it leaves centers for the few large weights: Han et al. 2016,
    "Deep compression", on the initialization of shared weights.
    """
    return np.linspace(weights.min(), weights.max(), count)


def thresholds(centers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the nearest of the ascending ``centers`` changes, (L-1,); a weight on a threshold belongs to the lower."""
    return (centers[:-1] + centers[1:]) / 2


def weighted_means(
    weights: NDArray[np.float64], hessian: NDArray[np.float64], symbols: NDArray[np.int64]
) -> NDArray[np.float64]:
    """c_j = sum_i h_i w_i / sum_i h_i over the weights of symbol j, (L,); the plain mean where all these h_i are zero.

    Choi et al. 2017, on Hessian-weighted k-means. Every symbol of 0..L-1 must occur.
    """
    mass = np.bincount(symbols, hessian)
    means = np.bincount(symbols, weights) / np.bincount(symbols)
    return np.divide(np.bincount(symbols, hessian * weights), mass, out=means, where=mass > 0)
