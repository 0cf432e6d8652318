"""The stages of SHVQ training, as fractions of the run."""

from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """Where a run stands."""

    AUTOENCODER = "autoencoder"
    """No quantization; bottleneck channels are unfrozen one after the other (section 4, first stage)."""
    JOINT = "joint"
    """Quantizer, network and symbol model together while sigma is annealed (second stage)."""
    HARD = "hard"
    """Encoder and centers fixed, the decoder learns the hard values it will be given."""


@dataclass(frozen=True)
class Stages:
    """Lengths of the stages as fractions of ``trainer.max_steps``, so that one number scales a run.

    Attributes:
        autoencoder: length of the first stage.
        unfreeze: part of the first stage over which bottleneck channels are unfrozen, 0 for all at once.
        hard: length of the last stage; what lies between is the joint stage.
    """

    autoencoder: float = 0.3
    unfreeze: float = 0.5
    hard: float = 0.05

    def __post_init__(self) -> None:
        """Raise ``ValueError`` on fractions that are none or do not fit together."""
        if not (0 <= self.unfreeze <= 1 and self.autoencoder >= 0 and self.hard >= 0):
            raise ValueError("stage lengths must be fractions in 0..1")
        if self.autoencoder + self.hard > 1:
            raise ValueError(f"stages fill more than the run: {self.autoencoder} + {self.hard} > 1")

    def at(self, step: int, steps: int) -> Stage:
        """Stage of step ``step`` in a run of ``steps``."""
        if step < self.joint_start(steps):
            return Stage.AUTOENCODER
        return Stage.JOINT if step < self.hard_start(steps) else Stage.HARD

    def joint_start(self, steps: int) -> int:
        """First step of the joint stage."""
        return round(self.autoencoder * steps)

    def hard_start(self, steps: int) -> int:
        """First step of the hard stage."""
        return steps - round(self.hard * steps)

    def active_channels(self, step: int, steps: int, channels: int) -> int:
        """Bottleneck channels in use at ``step``: one more at equal distances until all are."""
        opening = self.unfreeze * self.joint_start(steps)
        if step >= opening:
            return channels
        return 1 + int(step / opening * (channels - 1))
