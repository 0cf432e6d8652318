"""The annealing interface: how hard the assignment is at step t."""

from abc import ABC, abstractmethod


class Annealing(ABC):
    """A pure state machine over training steps; it knows no trainer and no network.

    ``start`` begins the annealed stage, then each ``step`` moves on by one iteration.
    """

    needs_gap = False
    """Whether ``step`` wants the gap between hard and soft quantization error."""

    def __init__(self) -> None:
        self.sigma_0 = 1.0
        self.steps = 1
        self.t = 0

    def start(self, sigma_0: float, steps: int) -> float:
        """Begin at ``sigma_0`` for a stage of ``steps`` iterations; returns sigma(0)."""
        if sigma_0 <= 0 or steps < 1:
            raise ValueError(f"annealing needs sigma_0 > 0 and at least one step, got {sigma_0} and {steps}")
        self.sigma_0 = sigma_0
        self.steps = steps
        self.t = 0
        return self.sigma()

    def step(self, gap: float | None = None) -> float:
        """Move on by one iteration and return sigma(t).

        Args:
            gap: hard minus soft quantization error, mean squared error on pixels in 0..1; the latest measurement.
        """
        self.advance(gap)
        self.t += 1
        return self.sigma()

    @abstractmethod
    def sigma(self) -> float:
        """Hardness now."""

    def advance(self, gap: float | None) -> None:  # noqa: B027 (only feedback control has anything to do)
        """What a schedule with feedback does between t and t + 1."""

    def state_dict(self) -> dict[str, float]:
        """Plain numbers from which ``load_state_dict`` continues exactly."""
        return {"sigma_0": self.sigma_0, "steps": self.steps, "t": self.t}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Continue from ``state_dict``."""
        self.sigma_0, self.steps, self.t = state["sigma_0"], int(state["steps"]), int(state["t"])
