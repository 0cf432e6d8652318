"""Constant hardness, as in the works that followed SHVQ (Mentzer et al. 2018; Gregorová et al. 2021)."""

from compressible.annealing.base import Annealing


class Constant(Annealing):
    """sigma(t) = sigma_0."""

    def sigma(self) -> float:
        """sigma_0."""
        return self.sigma_0
