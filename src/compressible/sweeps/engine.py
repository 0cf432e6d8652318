"""The loop of a sweep: start, look, try again, settle.

           ┌────────────────────── another process is at work there: wait ◄─┐
    job ─► state of its folder ─┬─► done: nothing to do                     │
                                └─► start ─► process ended ─► state ────────┼─► done
                                      ▲                                     ├─► failed too often, or a mistake: failed
                                      └──── otherwise, to go on or anew ◄───┘

A process that was cut off after it had brought its run further has not failed: there may be a limit to its time.

Nothing is remembered but in the runs' folders, so whatever a sweep was doing when it was killed, the next one finds.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from compressible.exit_codes import MISTAKE, OCCUPIED
from compressible.reports.schema import SchemaError
from compressible.runs import State, read_progress
from compressible.sweeps.job import Job, Result
from compressible.sweeps.launcher import PAUSE, Launcher, Process, last_line
from compressible.sweeps.source import Source
from compressible.sweeps.view import Row, View

log = logging.getLogger(__name__)


@dataclass
class _Task:
    """A job that is under way; without a process it waits for somebody else's.

    Attributes:
        job: the job.
        begun: when that was.
        tries: processes that were started for it.
        failures: of these.
        furthest: step that its run had reached before the last of them.
        process: the one at work.
        code: exit code of the last one.
    """

    job: Job
    begun: float = field(default_factory=time.monotonic)
    tries: int = 0
    failures: int = 0
    furthest: int = 0
    process: Process | None = None
    code: int | None = None


def run_sweep(
    source: Source,
    launcher: Launcher,
    retries: int,
    show: Callable[[View], None] = lambda view: None,
    heed: Callable[[], None] = lambda: None,
) -> list[Result]:
    """Do all jobs of ``source``.

    Args:
        source: where they come from.
        launcher: where they run.
        retries: further processes for a job whose first one failed.
        show: is called with how the sweep stands, several times a second and in the end, whatever that is.
        heed: is called before each start and several times a second; what it raises ends the sweep without leaving a
            process behind, which an exception in the middle of a start would.

    Returns:
        The results, in the order in which they came.

    Raises:
        KeyboardInterrupt: if it comes, once the processes that were under way have ended.
        SweepError: if the source or the launcher cannot go on, likewise.
    """
    loop = _Loop(source, launcher, retries, heed)
    try:
        while loop.turn():
            show(loop.view())
            time.sleep(PAUSE)
    except BaseException:
        loop.stop()
        raise
    finally:
        show(loop.view())
    return loop.results


class _Loop:
    def __init__(self, source: Source, launcher: Launcher, retries: int, heed: Callable[[], None]) -> None:
        self.results: list[Result] = []
        self._source = source
        self._launcher = launcher
        self._retries = retries
        self._heed = heed
        self._tasks: list[_Task] = []

    def turn(self) -> bool:
        """Look at what is under way and fill the free slots; returns whether anything is under way."""
        for task in list(self._tasks):
            self._look(task)
        while len(self._tasks) < self._launcher.slots and (job := self._source.next()) is not None:
            task = _Task(job)
            self._tasks.append(task)
            self._look(task)
        self._heed()
        return bool(self._tasks)

    def stop(self) -> None:
        """Ask all processes to end and wait until they have."""
        asked: list[Process] = []
        for task in self._tasks:
            if task.process is None:
                continue
            try:
                task.process.stop()
            except Exception as error:
                log.warning("%s goes on, since it could not be asked to end: %s", task.job.label, error)
            else:
                asked.append(task.process)
        while any(process.poll() is None for process in asked):
            time.sleep(PAUSE)

    def view(self) -> View:
        """How the sweep stands."""
        rows = tuple(Row(task.job, task.tries, time.monotonic() - task.begun) for task in self._tasks)
        return View(self._source.total, self._launcher.slots, rows, tuple(self.results))

    def _look(self, task: _Task) -> None:
        if task.process is not None:
            task.code = task.process.poll()
            if task.code is None:
                return
        try:
            state = task.job.state()
        except SchemaError as error:
            self._settle(task, done=False, reason=str(error))
            return
        if task.process is not None:
            task.process = None
            task.failures += _has_failed(task, state)
        if state is State.RUNNING:
            return
        if state is State.DONE:
            self._settle(task, done=True)
        elif task.code is not None and (task.code == MISTAKE or task.failures > self._retries):
            self._settle(task, done=False, reason=_reason(task.job, task.code))
        else:
            self._heed()
            task.tries += 1
            task.furthest = max(task.furthest, _step(task.job))
            task.process = self._launcher.start(task.job)

    def _settle(self, task: _Task, *, done: bool, reason: str = "") -> None:
        self._tasks.remove(task)
        seconds = time.monotonic() - task.begun if task.tries else 0.0
        result = Result(task.job, done, task.tries, seconds, reason)
        self.results.append(result)
        self._source.settle(result)


def _has_failed(task: _Task, state: State) -> bool:
    """Whether its last process was neither kept from working by another one nor cut off after it had made progress."""
    went_on = state is State.INTERRUPTED and _step(task.job) > task.furthest
    return task.code != OCCUPIED and not went_on


def _step(job: Job) -> int:
    progress = read_progress(job.folder)
    return 0 if progress is None else progress.step


def _reason(job: Job, code: int) -> str:
    how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
    said = last_line(job).removeprefix("error: ")
    return f"{how}: {said}" if said else how
