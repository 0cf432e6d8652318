"""What a sweep shows: a live table on a terminal, a line for each job elsewhere, and a summary in the end."""

import os
import sys
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from compressible.runs import Progress, read_progress
from compressible.sweeps.job import Result
from compressible.sweeps.view import Row, View, seconds_left

LATEST_FAILURES = 5
"""Shown while the sweep runs."""


class _Quiet(Console):
    """Goes silent once nobody listens, where rich would end the program."""

    def on_broken_pipe(self) -> None:
        """Put nothing in the place of the reader, for what others write as well."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


class Board:
    """A context in which views are shown.

    Args:
        console: by default standard error.

    Attributes:
        results: what was settled when it was last shown how the sweep stands.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.results: tuple[Result, ...] = ()
        self._console = console or _Quiet(file=sys.stderr)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._told = 0

    def __enter__(self) -> "Board":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, view: View) -> None:
        """Show how the sweep stands."""
        self.results = view.results
        if self._console.is_terminal:
            self._live.update(_live_table(view), refresh=True)
        for result in view.results[self._told :]:
            if not self._console.is_terminal:
                self._console.print(f"[{self._told + 1}/{view.total}] {_line(result)}", soft_wrap=True, markup=False)
            self._told += 1


def summary(results: Sequence[Result]) -> Table:
    """All jobs."""
    table = Table(box=None, pad_edge=False)
    for column in ("run", "state", "tries", "time", "folder"):
        table.add_column(column, overflow="fold", justify="right" if column in ("tries", "time") else "left")
    for result in results:
        state = "failed" if not result.done else "done" if result.tries else "was done"
        time = duration(result.seconds) if result.tries else ""
        table.add_row(result.job.label, state, str(result.tries or ""), time, str(result.job.folder))
    return table


def duration(seconds: float) -> str:
    """A time as people say it: 42 s, 3 min 10 s, 2 h 05 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole // 60 % 60:02d} min"


def _line(result: Result) -> str:
    if not result.done:
        return f"{result.job.label}: failed, {result.reason}"
    return f"{result.job.label}: {f'done in {duration(result.seconds)}' if result.tries else 'was done before'}"


def _live_table(view: View) -> Group:
    table = Table(box=None, pad_edge=False)
    table.add_column("run", overflow="fold")
    table.add_column("state")
    table.add_column("progress")
    table.add_column("steps", justify="right")
    table.add_column("time left", justify="right")
    for row in view.rows:
        progress = read_progress(row.job.folder)
        table.add_row(row.job.label, _state(row), *_progress_cells(progress))
    failures = [Text(_line(result), style="red") for result in view.failed[-LATEST_FAILURES:]]
    return Group(table, *failures, Text(headline(view), style="bold"))


def _progress_cells(progress: Progress | None) -> tuple[ProgressBar | str, str, str]:
    if progress is None:
        return "", "", ""
    left = progress.seconds_left
    bar = ProgressBar(total=progress.steps, completed=progress.step, width=20)
    return bar, f"{progress.step:,}/{progress.steps:,}", "" if left is None else duration(left)


def _state(row: Row) -> str:
    if row.tries == 0:
        return "runs elsewhere"
    return "runs" if row.tries == 1 else f"runs, try {row.tries}"


def headline(view: View) -> str:
    """The sweep in a line."""
    parts = [
        f"{len(view.results) - len(view.failed)} of {view.total} done",
        f"{len(view.rows)} running",
        f"{view.waiting} waiting",
    ]
    if view.failed:
        parts.append(f"{len(view.failed)} failed")
    left = seconds_left(view)
    if left is not None and (view.rows or view.waiting):
        parts.append(f"about {duration(left)} left")
    return ", ".join(parts)
