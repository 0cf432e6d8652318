import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from compressible.runs import Progress, write_progress
from compressible.sweeps import Job, Result
from compressible.sweeps.board import Board, duration, headline, summary
from compressible.sweeps.view import Row, View, estimate, seconds_left


def job(name: str, folder: Path = Path("/nowhere")) -> Job:
    return Job(name, ("true",), folder / name, folder)


@pytest.mark.parametrize(
    ("left", "spent", "waiting", "slots", "expected"),
    [
        ([10.0], [50.0], 0, 1, 10.0),
        ([10.0], [50.0], 2, 1, 130.0),
        ([10.0, 40.0], [50.0, 20.0], 0, 2, 40.0),
        ([10.0, 40.0], [50.0, 20.0], 1, 2, 70.0),
        ([10.0, 40.0], [50.0, 20.0], 2, 2, 100.0),
        ([None], [45.0], 0, 1, 15.0),
        ([None], [90.0], 1, 1, 60.0),
        ([10.0], [0.0], 3, 4, 60.0),
    ],
)
def test_time_left_by_hand(
    left: list[float | None], spent: list[float], waiting: int, slots: int, expected: float
) -> None:
    """A job takes 60 seconds."""
    assert estimate(left, spent, waiting, slots, 60.0) == expected


@given(
    left=st.lists(st.floats(0, 100), max_size=5),
    waiting=st.integers(0, 9),
    more=st.integers(0, 3),
    whole=st.floats(0.1, 50),
)
def test_time_left_is_that_of_the_sweep_played_through(
    left: list[float], waiting: int, more: int, whole: float
) -> None:
    slots = max(1, len(left) + more)
    ends, now, coming = list(left), 0.0, waiting
    while coming:
        if len([end for end in ends if end > now]) < slots:
            ends.append(now + whole)
            coming -= 1
        else:
            now = min(end for end in ends if end > now)
    assert estimate(left, [0.0] * len(left), waiting, slots, whole) == pytest.approx(max(ends, default=0.0))


def test_time_left_from_what_runs_say(tmp_path: Path) -> None:
    """One of two jobs under way is 30 seconds in with 10 steps of 3 to come, the other says nothing."""
    one, two = job("one", tmp_path), job("two", tmp_path)
    view = View(5, 2, (Row(one, 1, 30.0), Row(two, 1, 25.0)), ())
    assert seconds_left(view) is None
    one.folder.mkdir()
    write_progress(one.folder, Progress(10, 20, 3.0))
    # A job takes 60; 30 and 35 are left of these, and three more come: 90, 95, 150.
    assert seconds_left(view) == pytest.approx(150.0)
    assert headline(view) == "0 of 5 done, 2 running, 3 waiting, about 2 min 30 s left"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 00 min"),
        (9000, "2 h 30 min"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


RESULTS = (
    Result(job("beta=1"), True, 1, 61.0),
    Result(job("beta=[2]"), False, 2, 5.0, "exit code 1: ValueError"),
    Result(job("beta=3"), True, 0, 0.0),
)


def test_without_a_terminal_each_result_is_a_line_once() -> None:
    out = io.StringIO()
    with Board(Console(file=out, width=40)) as board:
        board.show(View(4, 1, (), RESULTS[:1]))
        board.show(View(4, 1, (), RESULTS[:1]))
        board.show(View(4, 1, (), RESULTS))
    assert out.getvalue().splitlines() == [
        "[1/4] beta=1: done in 1 min 01 s",
        "[2/4] beta=[2]: failed, exit code 1: ValueError",
        "[3/4] beta=3: was done before",
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_a_reader_that_has_gone_does_not_end_the_sweep(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by ``compressible sweep mine 2>&1 | head``."""
    monkeypatch.setenv("FORCE_COLOR" if terminal else "NO_COLOR", "1")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as broken:
        monkeypatch.setattr(sys, "stderr", broken)
        with Board() as board:
            for count in (1, 2, 3):
                board.show(View(4, 1, (), RESULTS[:count]))
        print("further words", file=broken, flush=True)
        assert board.results == RESULTS


def test_on_a_terminal_there_is_a_table(tmp_path: Path) -> None:
    own = job("beta=7", tmp_path)
    own.folder.mkdir()
    write_progress(own.folder, Progress(250, 1000, 0.1))
    out = io.StringIO()
    with Board(Console(file=out, width=100, force_terminal=True)) as board:
        board.show(View(9, 1, (Row(own, 2, 25.0),), RESULTS))
    shown = out.getvalue()
    for words in ("beta=7", "runs, try 2", "250/1,000", "1 min 15 s", "2 of 9 done", "5 waiting", "1 failed"):
        assert words in shown, words
    assert "beta=[2]: failed, exit code 1" in shown


def test_the_summary_names_every_run() -> None:
    out = io.StringIO()
    Console(file=out, width=100).print(summary(RESULTS))
    rows = [line.split() for line in out.getvalue().splitlines()]
    assert rows == [
        ["run", "state", "tries", "time", "folder"],
        ["beta=1", "done", "1", "1", "min", "01", "s", "/nowhere/beta=1"],
        ["beta=[2]", "failed", "2", "5", "s", "/nowhere/beta=[2]"],
        ["beta=3", "was", "done", "/nowhere/beta=3"],
    ]
