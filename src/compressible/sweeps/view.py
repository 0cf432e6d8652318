"""How a sweep stands at a moment, and how long it will still take."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from compressible.runs import read_progress
from compressible.sweeps.job import Job, Result


@dataclass(frozen=True)
class Row:
    """A job under way.

    Attributes:
        job: the job.
        tries: processes that were started for it; 0 if somebody else's is waited for.
        seconds: since it was begun.
    """

    job: Job
    tries: int
    seconds: float


@dataclass(frozen=True)
class View:
    """A sweep at a moment.

    Attributes:
        total: jobs there will be.
        slots: jobs that may be under way at once.
        rows: jobs under way.
        results: of jobs that are settled, in the order in which they were.
    """

    total: int
    slots: int
    rows: tuple[Row, ...]
    results: tuple[Result, ...]

    @property
    def failed(self) -> tuple[Result, ...]:
        """Jobs that are settled and not done."""
        return tuple(result for result in self.results if not result.done)

    @property
    def waiting(self) -> int:
        """Jobs that are not begun."""
        return max(0, self.total - len(self.rows) - len(self.results))


def seconds_left(view: View) -> float | None:
    """Estimate for the whole sweep; None as long as no job says anything about its time."""
    left = [progress.seconds_left if (progress := read_progress(row.job.folder)) else None for row in view.rows]
    whole = [result.seconds for result in view.results if result.done and result.tries]
    whole += [row.seconds + known for row, known in zip(view.rows, left, strict=True) if known is not None]
    if not whole:
        return None
    return estimate(left, [row.seconds for row in view.rows], view.waiting, view.slots, fmean(whole))


def estimate(left: Sequence[float | None], spent: Sequence[float], waiting: int, slots: int, whole: float) -> float:
    """Time until the last of some jobs ends.

    Args:
        left: seconds that each job under way still needs, where that is known.
        spent: seconds that each has taken.
        waiting: jobs to come.
        slots: jobs at once.
        whole: seconds of a job.
    """
    own = [max(0.0, whole - gone) if known is None else known for known, gone in zip(left, spent, strict=True)]
    free = sorted([*own, *([0.0] * (slots - len(own)))])
    for _ in range(waiting):
        free = sorted([free[0] + whole, *free[1:]])
    return free[-1]
