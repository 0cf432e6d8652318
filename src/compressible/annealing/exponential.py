"""Hardness that grows by the same factor each step: SHVQ's schedule for networks.

Agustsson et al. 2017, section 5: sigma(t+1) = 1.001 sigma(t), a factor of about 20 over the stage.
"""

from compressible.annealing.base import Annealing


class Exponential(Annealing):
    """sigma(t) = sigma_0 growth^(t / steps).

    Args:
        growth: sigma at the end of the stage, as a multiple of sigma_0, so that one number scales with any length.
    """

    def __init__(self, growth: float = 20.0) -> None:
        super().__init__()
        if growth <= 0:
            raise ValueError(f"growth must be positive, got {growth}")
        self.growth = growth

    def sigma(self) -> float:
        """The value on the curve."""
        return self.sigma_0 * self.growth ** (self.t / self.steps)
