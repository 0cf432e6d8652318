"""The clustering interface: weights in, shared values and symbols out.

    weights (n,), Hessian diagonal (n,) ──► centers (L,), symbols (n,)

The loss a network gains when its weights w become w_hat is, to second order and without cross terms, half of
sum_i h_i (w_i - w_hat_i)^2: the Hessian-weighted distortion of Choi et al. 2017, "Towards the limit of network
quantization". With a Hessian of ones it is the squared error.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Clusters:
    """Weights that share values.

    Attributes:
        centers: (L,), ascending wherever the clusters are intervals.
        symbols: (n,), 0..L-1; each occurs.
    """

    centers: NDArray[np.float64]
    symbols: NDArray[np.int64]

    @property
    def quantized(self) -> NDArray[np.float64]:
        """The shared value of each weight, (n,)."""
        return self.centers[self.symbols]


class Clustering(ABC):
    """Base of all clusterings."""

    def fit(self, weights: NDArray[np.floating], hessian: NDArray[np.floating]) -> Clusters:
        """Cluster ``weights`` (n,), n >= 1, whose errors count as much as ``hessian`` (n,) says, in any unit.

        Raises:
            ValueError: the vectors are empty, differ in shape or hold a value that is not finite, or the Hessian is
                negative somewhere.
        """
        if weights.ndim != 1 or weights.shape != hessian.shape or not len(weights):
            raise ValueError(
                f"weights and their Hessian must be vectors of one length, got {weights.shape} and {hessian.shape}"
            )
        if not (np.isfinite(weights).all() and np.isfinite(hessian).all() and (hessian >= 0).all()):
            raise ValueError("weights and their Hessian must be finite, the Hessian not negative")
        return self._fit(weights.astype(np.float64), hessian.astype(np.float64))

    @abstractmethod
    def _fit(self, weights: NDArray[np.float64], hessian: NDArray[np.float64]) -> Clusters:
        """``fit`` for vectors that have been checked."""
