"""The course of the learning rate over a run."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class WarmupCosine:
    """Linear rise, half a cosine down, and for the hard stage a small linear slope of its own.

    Attributes:
        warmup: length of the rise as a fraction of the steps before the hard stage.
        final: last value of the cosine as a fraction of the first.
        hard: first value in the hard stage; it falls to zero.
    """

    warmup: float = 0.02
    final: float = 0.0
    hard: float = 0.1

    def __call__(self, step: int, steps: int, hard_steps: int) -> float:
        """Multiple of the learning rate at ``step``, with ``steps`` before the hard stage and ``hard_steps`` in it."""
        if step >= steps:
            return self.hard * max(1 - (step - steps) / max(hard_steps, 1), 0.0)
        rise = self.warmup * steps
        if step < rise:
            return (step + 1) / (rise + 1)
        part = (step - rise) / (steps - rise)
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * part))


@dataclass(frozen=True)
class Steady:
    """The same throughout."""

    def __call__(self, step: int, steps: int) -> float:
        """1."""
        return 1.0


@dataclass(frozen=True)
class OneCycle:
    """Linear rise to the peak, then linear fall to zero at the end of the run (Smith and Topin 2017).

    Attributes:
        rise: length of the rise as a fraction of the run.
    """

    rise: float = 0.2

    def __post_init__(self) -> None:
        """Raise ``ValueError`` unless something is left for the fall."""
        if not 0 <= self.rise < 1:
            raise ValueError(f"rise must be a fraction of the run, 0 or more and below 1, got {self.rise}")

    def __call__(self, step: int, steps: int) -> float:
        """Multiple of the learning rate at ``step`` of ``steps``."""
        rise = self.rise * steps
        if step < rise:
            return (step + 1) / (rise + 1)
        return (steps - step) / (steps - rise)
