"""Uniform quantization: bins of one width, each with the mean of its weights.

    ... | -3/2 step .. -1/2 step | -1/2 step .. 1/2 step | 1/2 step .. 3/2 step | ...

Choi et al. 2017, "Towards the limit of network quantization", on uniform quantization: at high rates nothing is better
under an entropy constraint (Gish and Pierce 1968).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compressible.clustering.base import Clustering, Clusters
from compressible.clustering.centers import weighted_means


@dataclass(frozen=True)
class UniformBins(Clustering):
    """Bins around the multiples of ``step``, zero among them; bins without weights vanish.

    Args:
        step: width of a bin, in the unit of the weights. A weight on a threshold belongs to the upper bin.
    """

    step: float

    def __post_init__(self) -> None:
        if not self.step > 0:
            raise ValueError(f"the width of a bin must be positive, got {self.step}")

    def _fit(self, weights: NDArray[np.float64], hessian: NDArray[np.float64]) -> Clusters:
        bins = np.floor(weights / self.step + 0.5)
        symbols = np.unique(bins, return_inverse=True)[1].astype(np.int64)
        return Clusters(weighted_means(weights, hessian, symbols), symbols)
