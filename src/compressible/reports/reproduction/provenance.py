"""Where and by what code runs were trained, from their records."""

from collections.abc import Callable, Iterable
from pathlib import Path

from compressible.reports.environment import Environment
from compressible.reports.schema import load
from compressible.reports.training_record import TrainingRecord


def environments(record: TrainingRecord) -> tuple[Environment, ...]:
    """Of all processes that trained a run, in their order: of several if it was cut off."""
    return (*record.earlier, record.environment)


def trained(folder: Path, belongs: Callable[[TrainingRecord], bool]) -> tuple[Environment, ...]:
    """Environments of all runs that belong to a result, of those whose records are kept in a folder."""
    records = [load(path, TrainingRecord) for path in sorted(folder.glob("*.json"))]
    return tuple(own for record in records if belongs(record) for own in environments(record))


def commits(environments: Iterable[Environment]) -> tuple[str, ...]:
    """Each once; an environment that stands for several has all of them."""
    return tuple(dict.fromkeys(one for own in environments if own.commit for one in own.commit.split(", ")))
