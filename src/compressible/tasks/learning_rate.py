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
