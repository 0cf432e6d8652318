"""Hardness that grows by the same amount each step."""

from compressible.annealing.base import Annealing


class Linear(Annealing):
    """sigma(t) = sigma_0 (1 + (growth - 1) t / steps).

    Args:
        growth: sigma at the end of the stage, as a multiple of sigma_0.
    """

    def __init__(self, growth: float = 20.0) -> None:
        super().__init__()
        if growth <= 0:
            raise ValueError(f"growth must be positive, got {growth}")
        self.growth = growth

    def sigma(self) -> float:
        """The value on the line."""
        return self.sigma_0 * (1 + (self.growth - 1) * self.t / self.steps)
