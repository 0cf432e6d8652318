"""The course of the learning rate over a run."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class WarmupCosine:
    """Linear rise, then half a cosine down.

    Attributes:
        warmup: length of the rise as a fraction of the run.
        final: last value as a fraction of the first.
    """

    warmup: float = 0.02
    final: float = 0.0

    def __call__(self, step: int, steps: int) -> float:
        """Multiple of the learning rate at ``step`` of ``steps``."""
        rise = self.warmup * steps
        if step < rise:
            return (step + 1) / (rise + 1)
        part = (step - rise) / max(steps - rise, 1)
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * min(part, 1.0)))
