"""How a run stands, from its folder alone: what its process wrote last, and whether that process lives.

status.json ─┬─► new, running, interrupted, failed or done
lock ────────┘
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from compressible.reports.environment import Environment
from compressible.reports.schema import load
from compressible.runs.occupation import is_occupied

STATUS = "status.json"
SCHEMA = "compressible-run-1"


class State(StrEnum):
    """How a run stands: an interrupted one goes on from its checkpoint, if it came to write any."""

    NEW = "new"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True)
class RunStatus:
    """What the process that was last at work in a run's folder says.

    Attributes:
        schema: name and version of the JSON layout.
        state: a ``State``; still ``running`` if the process was killed.
        config_hash: of what decides the result.
        environment: where and by what it is run, and since when.
        host: machine.
        pid: the process there.
        ended: ISO 8601, UTC; None while it runs.
        error: traceback of what it failed with.
    """

    schema: str
    state: str
    config_hash: str
    environment: Environment
    host: str
    pid: int
    ended: str | None = None
    error: str | None = None

    def __post_init__(self) -> None:
        """Raise ``ValueError`` if there is no such state."""
        State(self.state)


def read_status(folder: Path) -> RunStatus | None:
    """What the run in ``folder`` says; None if none has begun. Raises ``SchemaError`` if that cannot be read."""
    path = folder / STATUS
    return load(path, RunStatus) if path.exists() else None


def state_of(folder: Path) -> State:
    """How the run in ``folder`` stands. Raises ``SchemaError`` if it says something unreadable."""
    # First: a process writes how it ended before it lets go.
    if is_occupied(folder):
        return State.RUNNING
    status = read_status(folder)
    if status is None:
        return State.NEW
    state = State(status.state)
    return State.INTERRUPTED if state is State.RUNNING else state
