"""Clustering of what pruning has left: zeros stay zeros, and share a center of their own."""

import numpy as np
from numpy.typing import NDArray

from compressible.clustering.base import Clustering, Clusters


def cluster_kept(clustering: Clustering, weights: NDArray[np.floating], hessian: NDArray[np.floating]) -> Clusters:
    """Cluster those of ``weights`` (n,) that are not zero; the others get a center that is exactly zero.

    Without zeros this is ``clustering.fit``. The centers ascend if the clustering's do.
    """
    kept = weights != 0
    if kept.all():
        return clustering.fit(weights, hessian)
    if not kept.any():
        return Clusters(np.zeros(1), np.zeros(len(weights), dtype=np.int64))
    found = clustering.fit(weights[kept], hessian[kept])
    zero = int(np.searchsorted(found.centers, 0.0))
    symbols = np.full(len(weights), zero, dtype=np.int64)
    symbols[kept] = found.symbols + (found.symbols >= zero)
    return Clusters(np.insert(found.centers, zero, 0.0), symbols)
