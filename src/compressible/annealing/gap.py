"""Gap control: sigma grows such that the distance between hard and soft error follows a set curve to zero.

    e_G(t) = gap(t) - T / (T + t) gap(0)          gap = e_H - e_S, mean squared error on pixels in 0..1
    sigma(t+1) = sigma(t) + K_G e_G(t)            clamped to [sigma_0, sigma_max]

Agustsson et al. 2017, section 4. The gap is halved after T iterations. The clamp is ours: a gap measured on one batch
is noisy, and sigma must neither fall below its start nor run away.
"""

from compressible.annealing.base import Annealing


class Gap(Annealing):
    """Integral control of the soft-to-hard gap.

    Args:
        gain: K_G, change of sigma for each unit of squared pixel error and iteration, in units of sigma_0; the
            paper's K_G is ``gain * sigma_0``. Relative, because sigma's own unit is that of the features.
        half_time: T, as a fraction of the stage.
        growth_limit: sigma_max as a multiple of sigma_0.
    """

    needs_gap = True

    def __init__(self, gain: float = 200.0, half_time: float = 0.1, growth_limit: float = 1000.0) -> None:
        super().__init__()
        if gain <= 0 or half_time <= 0 or growth_limit < 1:
            raise ValueError(
                "gap control needs gain > 0, half_time > 0 and growth_limit >= 1, "
                f"got {gain}, {half_time} and {growth_limit}"
            )
        self.gain = gain
        self.half_time = half_time
        self.growth_limit = growth_limit
        self.gap_0: float | None = None
        self._sigma = 1.0

    def start(self, sigma_0: float, steps: int) -> float:
        """Begin at ``sigma_0``; the first gap that arrives is gap(0)."""
        self.gap_0 = None
        self._sigma = sigma_0
        return super().start(sigma_0, steps)

    def advance(self, gap: float | None) -> None:
        """One control step. Raises ``ValueError`` without a gap."""
        if gap is None:
            raise ValueError("gap control needs the measured gap at every step")
        if self.gap_0 is None:
            self.gap_0 = gap
        time = self.half_time * self.steps
        error = gap - time / (time + self.t) * self.gap_0
        moved = self._sigma + self.gain * self.sigma_0 * error
        self._sigma = min(max(moved, self.sigma_0), self.growth_limit * self.sigma_0)

    def sigma(self) -> float:
        """The controlled value."""
        return self._sigma

    def state_dict(self) -> dict[str, float]:
        """Adds the controller's own state."""
        state = super().state_dict() | {"sigma": self._sigma}
        return state if self.gap_0 is None else state | {"gap_0": self.gap_0}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Continue from ``state_dict``."""
        super().load_state_dict(state)
        self._sigma = state["sigma"]
        self.gap_0 = state.get("gap_0")
