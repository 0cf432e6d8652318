"""How far a run is, for those who wait for it."""

from dataclasses import dataclass
from pathlib import Path

from compressible.reports.schema import SchemaError, load, save

PROGRESS = "progress.json"


@dataclass(frozen=True)
class Progress:
    """Steps of a run.

    Attributes:
        step: steps done.
        steps: steps there are.
        seconds_per_step: mean of this process so far; None before its first step.
    """

    step: int
    steps: int
    seconds_per_step: float | None

    @property
    def seconds_left(self) -> float | None:
        """Time to the last step; None before the first."""
        return None if self.seconds_per_step is None else (self.steps - self.step) * self.seconds_per_step


def read_progress(folder: Path) -> Progress | None:
    """How far the run in ``folder`` is; None if it does not say, or nothing readable."""
    try:
        return load(folder / PROGRESS, Progress)
    except SchemaError:
        return None


def write_progress(folder: Path, progress: Progress) -> None:
    """Say how far the run in ``folder`` is."""
    save(folder / PROGRESS, progress)
