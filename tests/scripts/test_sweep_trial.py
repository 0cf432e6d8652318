"""The ways to do a sweep: with stand-ins, and once with real trainings."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import pytest
import torch

import small_sweep
import sweep_trial
from compressible.reports.environment import Dataset, record_environment
from compressible.reports.schema import save
from compressible.reports.training_record import TrainingRecord
from compressible.runs import State
from sweep_trial import RUN, Trial, be_killed_twice, do_sweep, in_turns, measure


@dataclass(frozen=True)
class StandIns(Trial):
    """The same with runs that count."""

    def command(self) -> tuple[str, ...]:
        self.folder.mkdir(exist_ok=True)
        return (sys.executable, small_sweep.__file__, str(self.folder / "runs"), str(len(self.seeds)), str(self.steps))


def leave(trial: Trial, missing: int | None = None) -> None:
    """What finished runs leave; models are called after seeds."""
    environment, data = record_environment(), Dataset("", "", 0)
    for seed in reversed(trial.seeds):
        record = TrainingRecord("", "", environment, "", seed, data, (), 1, None, None, f"model {seed}", 1, {})
        folder = trial.folder / "shvq" / f"{seed}"
        folder.mkdir(parents=True)
        if seed != missing:
            save(folder / "training.json", record)


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def test_killed_twice_ends_as_if_undisturbed(tmp_path: Path) -> None:
    be_killed_twice(StandIns(tmp_path, range(9), 40, 3))
    assert small_sweep.left(tmp_path / "runs") == small_sweep.results(9, 40)
    starts = [path.read_text().split() for path in tmp_path.glob("runs/*/starts")]
    assert any(len(own) == 2 and int(own[1]) > 0 for own in starts), "one was killed and went on"


def test_an_error_leaves_no_run_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = StandIns(tmp_path, range(3), 3000, 3)
    waited: list[object] = []

    def fail_at_last(sweep: object, condition: object) -> None:
        wait_for(lambda: len(trial.folders(State.RUNNING)) == 3)
        waited.append(sweep)
        if len(waited) == 2:
            raise RuntimeError("bad luck")

    monkeypatch.setattr(sweep_trial, "wait_for", fail_at_last)
    with pytest.raises(RuntimeError, match="bad luck"):
        be_killed_twice(trial)
    wait_for(lambda: not trial.folders(State.RUNNING))
    assert len(trial.folders(State.INTERRUPTED)) == 3


def test_a_way_is_timed_and_its_models_are_listed_by_seed(tmp_path: Path) -> None:
    def act(trial: Trial) -> None:
        time.sleep(0.1)
        leave(trial)

    way = measure("slow", Trial(tmp_path, range(8, 12), 20, 2), act, kills=3)
    assert (way.name, way.steps, way.at_once, way.kills) == ("slow", 20, 2, 3)
    assert way.models == ("model 8", "model 9", "model 10", "model 11")
    assert 0.1 <= way.seconds < 5


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no model of seed 1"):
        measure("short", Trial(tmp_path, range(3), 20, 2), lambda trial: leave(trial, missing=1))


def test_turns_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, list[int]]] = []

    def note(trial: Trial) -> None:
        done.append((trial.folder.name, list(trial.seeds)))
        leave(trial)

    monkeypatch.setattr(Trial, "run_by_hand", note)
    monkeypatch.setattr(sweep_trial, "do_sweep", note)
    by_hand, swept = in_turns(tmp_path, 4, 330)
    assert done == [("hand0", [0, 1, 2]), ("sweep0", [0, 1, 2]), ("hand3", [3]), ("sweep3", [3])]
    assert by_hand.models == swept.models == tuple(f"model {seed}" for seed in range(4))
    assert (by_hand.name, swept.name, by_hand.steps) == ("by hand", "sweep", 330)


@pytest.mark.slow
def test_real_trainings_that_are_killed_leave_the_weights_of_undisturbed_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit; a checkpoint is written after each step, so that what is killed goes on in its midst."""
    monkeypatch.setattr(sweep_trial, "RUN", (*RUN, "budget=smoke", "callbacks.checkpoint.minutes=0"))
    undisturbed, killed = (Trial(tmp_path / name, range(3), 60, 2) for name in ("undisturbed", "killed"))
    do_sweep(undisturbed)
    be_killed_twice(killed)
    assert killed.models() == undisturbed.models()
    assert len(set(killed.models())) == 3
    checkpoints = [path.relative_to(undisturbed.folder) for path in undisturbed.folder.glob("*/*/last.ckpt")]
    assert len(checkpoints) == 3
    for path in checkpoints:
        own, other = (torch.load(trial.folder / path, weights_only=True) for trial in (undisturbed, killed))
        assert own["global_step"] == other["global_step"] == 60
        assert own["state_dict"].keys() == other["state_dict"].keys()
        assert all(torch.equal(value, other["state_dict"][key]) for key, value in own["state_dict"].items())
    logs = [path.read_text() for path in killed.folder.glob("*/*/output.log")]
    assert any("Restoring states from the checkpoint" in log for log in logs), "one went on"
