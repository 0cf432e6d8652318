"""Entropy-constrained scalar quantization: error and bits are paid for together.

    minimise  J = sum_i h_i (w_i - c_s(i))^2 + lambda sum_i -log2 p_s(i)        over symbols s, centers c, masses p

    nearest of L centers ──► ┌► c_j = weighted mean, p_j = n_j / n ────────────────┐
                             └─ s_i = argmin_j h_i (w_i - c_j)^2 - lambda log2 p_j ◄┘

Choi et al. 2017, "Towards the limit of network quantization", on the iterative algorithm for ECSQ, after Chou,
Lookabaugh and Gray 1989, "Entropy-constrained vector quantization". J is the paper's D + lambda H times n. Each of the
three steps is a minimum with the other two held, so J never rises; it ends in a local minimum.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compressible.clustering.base import Clustering, Clusters
from compressible.clustering.centers import linear_centers, thresholds, weighted_means

_CHUNK = 2**12
"""Weights whose costs with all centers are held at a time."""


@dataclass(frozen=True)
class EntropyConstrained(Clustering):
    """At most ``clusters`` clusters; those that get no weight vanish, and more of them with a larger ``trade_off``.

    Clusters need not be intervals: of two equal weights near a rare center, the one of smaller Hessian may go to a
    frequent center that is farther away. A weight of Hessian zero goes where bits are fewest.

    Args:
        clusters: centers to begin with, at equal distances.
        trade_off: lambda, Hessian-weighted squared error that one bit is worth.
        tolerance: it ends when J falls by no more than this part of itself.
        iterations: assignments at most, that to the nearest of the first centers included.
    """

    clusters: int
    trade_off: float
    tolerance: float = 1e-6
    iterations: int = 200

    def __post_init__(self) -> None:
        if self.clusters < 1 or self.iterations < 1:
            raise ValueError(
                f"ECSQ needs at least one cluster and one iteration, got {self.clusters} and {self.iterations}"
            )
        if not (self.trade_off >= 0 and self.tolerance >= 0):
            raise ValueError(
                f"trade-off and tolerance of ECSQ must not be negative, got {self.trade_off} and {self.tolerance}"
            )

    def _fit(self, weights: NDArray[np.float64], hessian: NDArray[np.float64]) -> Clusters:
        nearest = np.searchsorted(thresholds(linear_centers(weights, self.clusters)), weights)
        clusters = _clusters(weights, hessian, nearest)
        objective = self._objective(weights, hessian, clusters)
        for _ in range(self.iterations - 1):
            costs = self.trade_off * _bits(clusters)
            clusters = _clusters(weights, hessian, _cheapest(weights, hessian, clusters.centers, costs))
            before, objective = objective, self._objective(weights, hessian, clusters)
            if before - objective <= self.tolerance * before:
                break
        return clusters

    def _objective(self, weights: NDArray[np.float64], hessian: NDArray[np.float64], clusters: Clusters) -> float:
        distortion = hessian @ (weights - clusters.quantized) ** 2
        return float(distortion + self.trade_off * _bits(clusters)[clusters.symbols].sum())


def _clusters(weights: NDArray[np.float64], hessian: NDArray[np.float64], symbols: NDArray[np.int64]) -> Clusters:
    """Centers for ``symbols``, which are counted anew without those that do not occur."""
    occurs = np.bincount(symbols) > 0
    symbols = (np.cumsum(occurs) - 1)[symbols]
    return Clusters(weighted_means(weights, hessian, symbols), symbols)


def _bits(clusters: Clusters) -> NDArray[np.float64]:
    """-log2 p_j, (L,)."""
    return np.log2(len(clusters.symbols) / np.bincount(clusters.symbols))


def _cheapest(
    weights: NDArray[np.float64],
    hessian: NDArray[np.float64],
    centers: NDArray[np.float64],
    costs: NDArray[np.float64],
) -> NDArray[np.int64]:
    """argmin_j h_i (w_i - c_j)^2 + cost_j, (n,)."""
    symbols = np.empty(len(weights), dtype=np.int64)
    for first in range(0, len(weights), _CHUNK):
        part = slice(first, first + _CHUNK)
        totals = weights[part, None] - centers
        totals *= totals
        totals *= hessian[part, None]
        totals += costs
        symbols[part] = totals.argmin(axis=1)
    return symbols
