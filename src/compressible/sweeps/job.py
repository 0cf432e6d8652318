"""One run of a sweep, and how it came out."""

from dataclasses import dataclass
from pathlib import Path

from compressible.runs import State, state_of
from compressible.runs.outcome import outcome_of


@dataclass(frozen=True)
class Job:
    """A run that is known by its folder.

    Attributes:
        label: the settings that tell it from the others.
        command: of the process that does it.
        folder: the run's folder, absolute.
        cwd: where the process is started.
        outcome: hash of what the run is to leave; None if that cannot differ.
    """

    label: str
    command: tuple[str, ...]
    folder: Path
    cwd: Path
    outcome: str | None = None

    def state(self) -> State:
        """How its run stands; one that is done, but has left another outcome, is interrupted.

        Raises:
            SchemaError: if the folder says something unreadable.
        """
        state = state_of(self.folder)
        other = state is State.DONE and self.outcome is not None and outcome_of(self.folder) != self.outcome
        return State.INTERRUPTED if other else state


@dataclass(frozen=True)
class Result:
    """How a job came out.

    Attributes:
        job: the job.
        done: whether its run is done.
        tries: processes that this sweep started for it; 0 for what had been done before.
        seconds: from the first of them to the end of the last.
        reason: why it is not done, in a line.
    """

    job: Job
    done: bool
    tries: int
    seconds: float
    reason: str = ""
