"""What is done with a job, by what its processes and its folder say."""

import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from compressible.reports.training_record import outcome_hash
from compressible.runs import State, read_status, recorded
from compressible.sweeps import Job, Listed, Process, Result, SweepError, run_sweep
from compressible.sweeps.processes import Processes, Slot, make_slots
from compressible.sweeps.view import View
from counting import NOWHERE, chain
from small_sweep import job


def do(*jobs: Job, retries: int = 1, slots: int = 1) -> dict[str, Result]:
    results = run_sweep(Listed(jobs), Processes([Slot(1)] * slots), retries)
    assert len(results) == len(jobs)
    return {result.job.label: result for result in results}


def said(folder: Path, code: str) -> Job:
    """A job that is a line of Python, and leaves nothing."""
    return Job("said", (sys.executable, "-S", "-c", code), folder / "said", folder)


def test_what_is_done_is_left_out_and_what_fails_is_tried_again(tmp_path: Path) -> None:
    first = do(job(tmp_path, "a"))["seed=a"]
    assert (first.done, first.tries, first.reason) == (True, 1, "")
    results = do(job(tmp_path, "a"), job(tmp_path, "b", failures=1), job(tmp_path, "c", failures=9), slots=3)
    assert {label: (own.done, own.tries) for label, own in results.items()} == {
        "seed=a": (True, 0),
        "seed=b": (True, 2),
        "seed=c": (False, 2),
    }
    assert (tmp_path / "b" / "result").read_text() == chain("b", 5)
    assert results["seed=c"].reason == "exit code 1: RuntimeError: bad luck in step 5"
    status = read_status(tmp_path / "c")
    assert status is not None
    assert status.state == "failed"
    assert "bad luck" in str(status.error)
    assert (tmp_path / "c" / "starts").read_text().split() == ["0", "0"]


def test_what_is_done_is_done_again_for_another_outcome(tmp_path: Path) -> None:
    """As for one of test images after one of those held out."""
    made = replace(job(tmp_path, "a", steps=1), outcome=outcome_hash({"split": "test"}))
    assert not do(made, retries=0)["seed=a"].done, "it has left nothing"
    for odd in ("[1]", "outcome: 3", "beta: 1", "a: [", ""):
        (made.folder / "config.yaml").write_text(odd)
        assert made.state() is State.INTERRUPTED
    (made.folder / "config.yaml").write_text("outcome: {split: test}")
    assert made.state() is State.INTERRUPTED
    (made.folder / "training.json").touch()
    assert made.state() is State.DONE
    assert do(made)["seed=a"].tries == 0
    other = replace(made, outcome=outcome_hash({"split": "held_out"}))
    assert other.state() is State.INTERRUPTED
    assert do(other, retries=0)["seed=a"].tries == 1


def test_another_sweep_tries_what_had_failed(tmp_path: Path) -> None:
    assert not do(job(tmp_path, "a", failures=2), retries=1)["seed=a"].done
    assert do(job(tmp_path, "a", failures=2), retries=0)["seed=a"].done


@pytest.mark.parametrize(
    ("code", "tries", "reason"),
    [
        ("import sys; sys.stderr.write('error: no such setting\\n'); sys.exit(2)", 1, "exit code 2: no such setting"),
        ("import os; print('so far', flush=True); os.kill(os.getpid(), 9)", 3, "killed by signal 9: so far"),
        ("import sys; sys.exit(5)", 3, "exit code 5"),
        ("print('all is well')", 3, "exit code 0: all is well"),
    ],
)
def test_processes_that_leave_no_run(code: str, tries: int, reason: str, tmp_path: Path) -> None:
    """A mistake is not repeated; whatever a process says of itself, the run's folder decides."""
    result = do(said(tmp_path, code), retries=2)["said"]
    assert (result.done, result.tries, result.reason) == (False, tries, reason)


def test_a_process_that_is_cut_off_after_it_went_on_has_not_failed(tmp_path: Path) -> None:
    """As by the time limit of a cluster: each process does 10 of 25 steps and leaves a checkpoint."""
    result = do(job(tmp_path, "a", steps=25, lifetime=10), retries=0)["seed=a"]
    assert (result.done, result.tries) == (True, 3)
    assert (tmp_path / "a" / "starts").read_text().split() == ["0", "10", "20"]
    assert (tmp_path / "a" / "result").read_text() == chain("a", 25)


def test_one_that_is_cut_off_where_the_last_one_was_has_failed(tmp_path: Path) -> None:
    """Before the first checkpoint, after step 5."""
    result = do(job(tmp_path, "a", steps=25, lifetime=3), retries=1)["seed=a"]
    assert (result.done, result.tries, result.reason) == (False, 2, "killed by signal 9")


def test_tries_count_though_a_folder_seemed_occupied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states = iter([State.NEW, State.RUNNING, State.NEW, State.RUNNING, State.NEW])
    monkeypatch.setattr("compressible.sweeps.job.state_of", lambda folder: next(states))
    result = do(said(tmp_path, "import sys; sys.exit(5)"), retries=1)["said"]
    assert (result.done, result.tries, result.reason) == (False, 2, "exit code 5")


def test_a_process_that_another_one_kept_from_working_has_not_failed(tmp_path: Path) -> None:
    """It says so by its exit code, 75; the next one does fail."""
    code = (
        "import pathlib, sys; own = pathlib.Path('been'); been = own.exists(); own.touch(); sys.exit(5 if been else 75)"
    )
    result = do(said(tmp_path, code), retries=0)["said"]
    assert (result.done, result.tries, result.reason) == (False, 2, "exit code 5")


def test_a_damaged_status_fails_that_run_alone(tmp_path: Path) -> None:
    damaged = job(tmp_path, "a")
    damaged.folder.mkdir()
    (damaged.folder / "status.json").write_text("{")
    results = do(damaged, job(tmp_path, "b"))
    assert (results["seed=a"].done, results["seed=a"].tries) == (False, 0)
    assert f"{damaged.folder / 'status.json'} is not JSON" in results["seed=a"].reason
    assert results["seed=b"].done


def test_somebody_elses_process_is_waited_for(tmp_path: Path) -> None:
    own = job(tmp_path, "a")
    own.folder.mkdir()
    there = threading.Event()

    def work() -> None:
        with recorded(own.folder, "a", NOWHERE):
            there.set()
            time.sleep(0.6)

    other = threading.Thread(target=work)
    other.start()
    there.wait()
    result = do(own)["seed=a"]
    other.join()
    assert (result.done, result.tries) == (True, 0)
    assert not (own.folder / "starts").exists()


def test_slots_are_shared_out(tmp_path: Path) -> None:
    """Never more jobs than slots, each slot to one job at a time, and each job sees its slot's device and threads."""
    code = "import os, time; print(os.environ['CUDA_VISIBLE_DEVICES'], os.environ['OMP_NUM_THREADS']); time.sleep(0.3)"
    jobs = [Job(f"{i}", (sys.executable, "-S", "-c", code), tmp_path / f"{i}", tmp_path) for i in range(5)]
    views: list[View] = []
    run_sweep(Listed(jobs), Processes(make_slots(1, 3, ["0", "7"])), 0, views.append)
    printed = [(own.folder / "output.log").read_text().split() for own in jobs]
    assert {tuple(words) for words in printed} == {("0", "3"), ("7", "3")}
    assert max(len(view.rows) for view in views) == 2
    assert views[-1].rows == ()
    assert all(len(view.rows) + len(view.results) + view.waiting == 5 for view in views)


def test_cores_are_shared_among_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(9)), raising=False)
    assert make_slots(1, None, []) == [Slot(9)]
    assert make_slots(4, None, []) == [Slot(2)] * 4
    assert make_slots(20, None, []) == [Slot(1)] * 20
    assert make_slots(1, None, ["0", "1", "1"]) == [Slot(3, "0"), Slot(3, "1"), Slot(3, "1")]
    assert make_slots(2, 5, []) == [Slot(5)] * 2


def test_an_error_in_the_sweep_itself_leaves_no_process_behind(tmp_path: Path) -> None:
    def fail(view: View) -> None:
        raise ValueError("the board broke")

    own = said(tmp_path, "import time; print('here', flush=True); time.sleep(60)")
    begun = time.monotonic()
    with pytest.raises(ValueError, match="the board broke"):
        run_sweep(Listed([own]), Processes([Slot(1)]), 0, fail)
    assert time.monotonic() - begun < 30, "it was told to end, and waited for"


class Unstoppable(Process):
    """It goes on whatever it is asked."""

    def poll(self) -> int | None:
        return None

    def stop(self) -> None:
        raise OSError("the cluster does not answer")


class Mixed(Processes):
    """The first job becomes a process that cannot be stopped."""

    def start(self, job: Job) -> Process:
        return Unstoppable() if job.label == "seed=a" else super().start(job)


def test_all_processes_are_asked_to_end_though_one_cannot_be(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own = said(tmp_path, "import time; time.sleep(60)")

    def interrupt(view: View) -> None:
        raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_sweep(Listed([job(tmp_path, "a"), own]), Mixed([Slot(1)] * 2), 0, interrupt)
    assert time.monotonic() - begun < 30, "the other one was told, and the first one is not waited for"
    assert caplog.messages == ["seed=a goes on, since it could not be asked to end: the cluster does not answer"]


def test_what_came_before_an_end_by_the_source_is_shown(tmp_path: Path) -> None:
    class Broken(Listed):
        def settle(self, result: Result) -> None:
            raise SweepError("no such metric")

    views: list[View] = []
    with pytest.raises(SweepError):
        run_sweep(Broken([job(tmp_path, "a", steps=1)]), Processes([Slot(1)]), 0, views.append)
    assert [result.job.label for result in views[-1].results] == ["seed=a"]
