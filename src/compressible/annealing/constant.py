"""Constant hardness, as in the works that followed SHVQ (Mentzer et al. 2018; Gregorová et al. 2021)."""

from compressible.annealing.base import Annealing


class Constant(Annealing):
    """sigma(t) = sigma_0, or a value of its own.

    Args:
        sigma: that value; None for sigma_0.
    """

    def __init__(self, sigma: float | None = None) -> None:
        super().__init__()
        if sigma is not None and sigma <= 0:
            raise ValueError(f"sigma must be positive, got {sigma}")
        self._sigma = sigma

    def sigma(self) -> float:
        """The value."""
        return self.sigma_0 if self._sigma is None else self._sigma
