"""k-means of scalars, where errors count as much as the Hessian says.

    sort ──► L centers from minimum to maximum ──► ┌► cells between thresholds ──► means ─┐ ──► clusters
                                                   └──────────────────────────────────────┘

Lloyd's algorithm: Han et al. 2016, "Deep compression", on weight sharing, with a Hessian of ones; Choi et al. 2017,
"Towards the limit of network quantization", on Hessian-weighted k-means. A weight goes to the nearest center: its
Hessian scales all its distances alike, so it moves the means and nothing else.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compressible.clustering.base import Clustering, Clusters
from compressible.clustering.centers import linear_centers, thresholds, weighted_means


@dataclass(frozen=True)
class KMeans(Clustering):
    """At most ``clusters`` clusters, ascending; those that get no weight are dropped, so there may be fewer.

    Args:
        clusters: centers to begin with.
        iterations: assignments at most; it ends sooner when no weight changes its cluster.
    """

    clusters: int
    iterations: int = 1000

    def __post_init__(self) -> None:
        if self.clusters < 1 or self.iterations < 1:
            raise ValueError(
                f"k-means needs at least one cluster and one iteration, got {self.clusters} and {self.iterations}"
            )

    def _fit(self, weights: NDArray[np.float64], hessian: NDArray[np.float64]) -> Clusters:
        order = np.argsort(weights, kind="stable")
        values, mass = weights[order], hessian[order]
        centers = linear_centers(values, self.clusters)
        sizes = np.zeros(0, dtype=np.int64)
        runs = np.zeros(0, dtype=np.int64)
        for _ in range(self.iterations):
            before, sizes = sizes, _sizes(values, centers)
            if np.array_equal(sizes, before):
                break
            runs = np.repeat(np.arange(len(sizes)), sizes)
            ends = np.cumsum(sizes)
            # Rounding must not carry a mean out of its cell, or centers would no longer ascend.
            centers = np.clip(weighted_means(values, mass, runs), values[ends - sizes], values[ends - 1])
        symbols = np.empty_like(runs)
        symbols[order] = runs
        return Clusters(centers, symbols)


def _sizes(values: NDArray[np.float64], centers: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many of the ascending ``values`` are nearest to each center, without the centers that have none."""
    ends = np.searchsorted(values, thresholds(centers), side="right")
    sizes = np.diff(ends, prepend=0, append=len(values))
    return sizes[sizes > 0]
