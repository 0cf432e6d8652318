"""Hardness that grows by the same factor each step: SHVQ's schedule for networks.

Agustsson et al. 2017, section 5: sigma(t+1) = 1.001 sigma(t), a factor of about 20 over the stage.
"""

from compressible.annealing.base import Annealing


class Exponential(Annealing):
    """sigma(t) = first sigma_0 growth^(t / steps).

    Args:
        growth: sigma at the end of the stage, as a multiple of its start, so that one number scales with any length.
        first: sigma at the start, as a multiple of sigma_0.
    """

    def __init__(self, growth: float = 20.0, first: float = 1.0) -> None:
        super().__init__()
        if growth <= 0 or first <= 0:
            raise ValueError(f"growth and first must be positive, got {growth} and {first}")
        self.growth = growth
        self.first = first

    def sigma(self) -> float:
        """The value on the curve."""
        return self.first * self.sigma_0 * self.growth ** (self.t / self.steps)
