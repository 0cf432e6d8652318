"""When finished runs were under way, and how long several took together.

status.json, training.json ──► when it ended, minutes ──► union of all ──► minutes of the set, runs at a time
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from pathlib import Path

from compressible.reports.schema import read_json
from compressible.reports.training_record import TrainingRecord


@dataclass(frozen=True)
class RunTime:
    """Of one run.

    Attributes:
        ended: ISO 8601.
        minutes: from its start to its end: with what it made first, codes say, and with its evaluation. Of one that was
            cut off and went on, no less than its training took altogether.
    """

    ended: str
    minutes: float


@dataclass(frozen=True)
class TimeTogether:
    """Of several runs.

    Attributes:
        minutes: in which at least one was under way.
        at_once: most runs at a time.
    """

    minutes: float
    at_once: int


def run_time(run: Path, record: TrainingRecord) -> RunTime | None:
    """Of a finished run's folder; None if it does not say when it ended."""
    status = run / "status.json"
    match read_json(status) if status.exists() else None:
        case {"environment": {"date": str(begun)}, "ended": str(ended)}:
            seconds = (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds()
            return RunTime(ended, max(seconds, record.wall_seconds or 0) / 60)
    return None


def time_together(times: Sequence[RunTime]) -> TimeTogether:
    """Of runs that may have been under way at the same time."""
    events: list[tuple[datetime, int]] = []
    for time in times:
        ended = datetime.fromisoformat(time.ended)
        events += [(ended - timedelta(minutes=time.minutes), 1), (ended, -1)]
    events.sort()  # of one moment, ends come before starts
    moments = [moment for moment, _ in events]
    under_way = list(accumulate(change for _, change in events))
    busy = [later - earlier for (earlier, later), runs in zip(pairwise(moments), under_way, strict=False) if runs]
    return TimeTogether(sum(busy, timedelta()).total_seconds() / 60, max(under_way, default=0))
