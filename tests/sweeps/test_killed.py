"""A sweep that is killed and started again ends as one that was left alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compressible.runs import State, read_status, state_of
from small_sweep import left, results

PROGRAM = Path(__file__).parents[1] / "small_sweep.py"


def start(folder: Path, *arguments: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, str(PROGRAM), str(folder), *map(str, arguments)])


def wait_for(condition: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def running(folder: Path) -> list[Path]:
    return [path.parent for path in folder.glob("*/status.json") if state_of(path.parent) is State.RUNNING]


def kill_runs(folder: Path) -> list[Path]:
    """Kill -9 the processes at work in runs' folders; returns these."""
    killed = running(folder)
    for run in killed:
        status = read_status(run)
        assert status is not None
        os.kill(status.pid, signal.SIGKILL)
    wait_for(lambda: not running(folder))
    return killed


def test_killed_twice(tmp_path: Path) -> None:
    """First with its processes, then without them: these go on as orphans, and the third sweep waits for them."""
    jobs, steps, slots = 12, 40, 3
    sweep = start(tmp_path, jobs, steps)
    wait_for(lambda: left(tmp_path) and any((run / "checkpoint").exists() for run in running(tmp_path)))
    sweep.kill()
    sweep.wait()
    cut_off = [run for run in kill_runs(tmp_path) if (run / "checkpoint").exists() and not (run / "result").exists()]
    assert cut_off
    assert {state_of(run) for run in cut_off} == {State.INTERRUPTED}

    finished = len(left(tmp_path))
    assert 0 < finished < jobs
    sweep = start(tmp_path, jobs, steps)
    wait_for(lambda: len(left(tmp_path)) > finished + 2 and running(tmp_path))
    sweep.kill()
    sweep.wait()
    assert len(left(tmp_path)) < jobs

    assert start(tmp_path, jobs, steps).wait(timeout=60) == 0
    assert left(tmp_path) == results(jobs, steps)
    assert {state_of(tmp_path / str(i)) for i in range(jobs)} == {State.DONE}
    starts = {path.parent: path.read_text().split() for path in tmp_path.glob("*/starts")}
    for run in cut_off:
        assert int(starts[run][1]) > 0, "it went on from its checkpoint"
    # Only what was killed has been started twice; a process that was still starting up counts at most once more.
    assert sum(map(len, starts.values())) <= jobs + len(cut_off) + 2 * slots


def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    sweep = start(tmp_path, 6, 500)
    wait_for(lambda: len(running(tmp_path)) == 3)
    sweep.send_signal(signal.SIGINT)
    assert sweep.wait(timeout=30) != 0
    states = {state_of(path.parent) for path in tmp_path.glob("*/status.json")}
    assert states == {State.INTERRUPTED}


def trials(folder: Path) -> list[tuple[dict[str, Any], float]]:
    import optuna

    study = optuna.load_study(study_name="study", storage=f"sqlite:///{folder / 'study.db'}")
    return [(t.params, t.value) for t in study.trials if t.state is optuna.trial.TrialState.COMPLETE]


def test_a_search_that_was_killed_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    """More trials than the estimator draws at random, so that later ones depend on earlier ones."""
    pytest.importorskip("optuna")
    count, steps = 13, 6
    one, other = tmp_path / "one", tmp_path / "other"
    undisturbed = start(one, count, steps, "search")
    for enough in (2, 11):
        sweep = start(other, count, steps, "search")
        wait_for(lambda enough=enough: len(left(other)) >= enough and running(other))
        sweep.kill()
        sweep.wait()
        kill_runs(other)
    assert start(other, count, steps, "search").wait(timeout=60) == 0
    assert undisturbed.wait(timeout=60) == 0
    assert len(trials(one)) == count
    assert trials(other) == trials(one)
    assert left(other) == left(one)
    for values, distance in trials(one):
        assert distance == (values["x"] - 0.3) ** 2 + (values["kind"] == "a") + abs(values["n"] - 4)
