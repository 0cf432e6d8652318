"""The loop of a sweep: start, look, try again, settle.

           ┌────────────────────── another process is at work there: wait ◄─┐
    job ─► state of its folder ─┬─► done: nothing to do                     │
                                └─► start ─► process ended ─► state ────────┼─► done
                                      ▲                                     ├─► tried too often, or a mistake: failed
                                      └──── otherwise, to go on or anew ◄───┘

Nothing is remembered but in the runs' folders, so whatever a sweep was doing when it was killed, the next one finds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from compressible.runs import State, state_of
from compressible.sweeps.job import Job, Result
from compressible.sweeps.launcher import Launcher, Process, last_line
from compressible.sweeps.source import Source
from compressible.sweeps.view import Row, View

PAUSE = 0.2
"""Seconds between two looks at what is under way."""
MISTAKE = 2
"""Exit code of a training that was given something wrong: trying again would not help."""


@dataclass
class _Task:
    """A job that is under way; without a process it waits for somebody else's."""

    job: Job
    begun: float = field(default_factory=time.monotonic)
    tries: int = 0
    process: Process | None = None


def run_sweep(
    source: Source, launcher: Launcher, retries: int, show: Callable[[View], None] = lambda view: None
) -> list[Result]:
    """Do all jobs of ``source``.

    Args:
        source: where they come from.
        launcher: where they run.
        retries: further processes for a job whose first one did not do it.
        show: is called with how the sweep stands, several times a second.

    Returns:
        The results, in the order in which they came.

    Raises:
        KeyboardInterrupt: if it comes, once the processes that were under way have ended.
    """
    loop = _Loop(source, launcher, retries)
    try:
        while loop.turn():
            show(loop.view())
            time.sleep(PAUSE)
    except BaseException:
        loop.stop()
        raise
    show(loop.view())
    return loop.results


class _Loop:
    def __init__(self, source: Source, launcher: Launcher, retries: int) -> None:
        self.results: list[Result] = []
        self._source = source
        self._launcher = launcher
        self._retries = retries
        self._tasks: list[_Task] = []

    def turn(self) -> bool:
        """Look at what is under way and fill the free slots; returns whether anything is under way."""
        for task in list(self._tasks):
            self._look(task)
        while len(self._tasks) < self._launcher.slots and (job := self._source.next()) is not None:
            task = _Task(job)
            self._tasks.append(task)
            self._look(task)
        return bool(self._tasks)

    def stop(self) -> None:
        """Ask all processes to end and wait until they have."""
        processes = [task.process for task in self._tasks if task.process is not None]
        for process in processes:
            process.stop()
        while any(process.poll() is None for process in processes):
            time.sleep(PAUSE)

    def view(self) -> View:
        """How the sweep stands."""
        rows = tuple(Row(task.job, task.tries, time.monotonic() - task.begun) for task in self._tasks)
        return View(self._source.total, self._launcher.slots, rows, tuple(self.results))

    def _look(self, task: _Task) -> None:
        code = task.process.poll() if task.process is not None else None
        if task.process is not None and code is None:
            return
        state = state_of(task.job.folder)
        if state is State.RUNNING:
            task.process = None
        elif state is State.DONE:
            self._settle(task, done=True)
        elif code is not None and (code == MISTAKE or task.tries > self._retries):
            self._settle(task, done=False, reason=_reason(task.job, code))
        else:
            task.tries += 1
            task.process = self._launcher.start(task.job)

    def _settle(self, task: _Task, *, done: bool, reason: str = "") -> None:
        self._tasks.remove(task)
        seconds = time.monotonic() - task.begun if task.tries else 0.0
        result = Result(task.job, done, task.tries, seconds, reason)
        self.results.append(result)
        self._source.settle(result)


def _reason(job: Job, code: int) -> str:
    how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
    said = last_line(job).removeprefix("error: ")
    return f"{how}: {said}" if said else how
