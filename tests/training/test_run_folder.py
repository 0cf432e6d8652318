"""What a run's folder says of the run, whichever way it ended."""

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl

from compressible import training
from compressible.callbacks import HeldOutMetrics
from compressible.instantiate import ConfigError
from compressible.reports.environment import Dataset, Environment
from compressible.reports.page.model import Fact
from compressible.reports.page.run_cards import read_card
from compressible.reports.schema import load, save
from compressible.reports.training_record import SCHEMA, TrainingRecord, config_hash
from compressible.runs import Progress, State, read_progress, read_status, recorded, state_of
from small_run import configuration, write_photographs

SMOKE = ("experiment=shvq_kodak", "budget=smoke", "trainer.max_steps=3")
NOWHERE = Environment("test", None, "2020-01-01T00:00:00+00:00", "", 1, "", {})


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("data") / "photographs")


def break_(*_: Any, **__: Any) -> None:
    raise RuntimeError("the machine is gone")


def test_a_run_from_failure_to_its_end(photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "run"
    config = configuration(photographs, folder, *SMOKE)
    monkeypatch.setattr(training, "record_changes", lambda: "a patch\n")
    with monkeypatch.context() as patch:
        patch.setattr(pl.Trainer, "fit", break_)
        with pytest.raises(RuntimeError):
            training.train(config, folder)
    assert state_of(folder) is State.FAILED
    status = read_status(folder)
    assert status is not None
    assert "the machine is gone" in str(status.error)
    assert status.config_hash == config_hash(config)
    assert {"python", "torch"} <= status.environment.versions.keys()
    assert (folder / "config.yaml").exists()
    assert [patch.read_text() for patch in folder.glob("changes*.patch")] == ["a patch\n"]
    assert read_progress(folder) is None

    monkeypatch.setattr(training, "record_changes", lambda: "")
    training.train(config, folder)
    assert state_of(folder) is State.DONE
    assert not list(folder.glob("changes*.patch")), "nothing of the first attempt is in it"
    assert load(folder / "training.json", TrainingRecord).earlier == ()
    progress = read_progress(folder)
    assert progress is not None
    assert (progress.step, progress.steps) == (3, 3)
    assert progress.seconds_left == 0
    assert progress.seconds_per_step > 0  # pyright: ignore[reportOptionalOperand]


class Die(pl.Callback):
    """In the middle of a step."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_before_optimizer_step(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.global_step == self.step:
            break_()


def test_a_run_names_the_code_of_all_that_trained_it(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three starts, the first two cut off; one before them got to no checkpoint."""
    folder = tmp_path / "run"
    config = configuration(photographs, folder, *SMOKE, "callbacks.checkpoint.minutes=0")
    instantiate = training.instantiate
    starts = [
        replace(NOWHERE, commit=f"{number}-dirty", date=f"2020-01-0{1 + number}T00:00:00+00:00") for number in range(4)
    ]
    for start, end in zip(starts, (0, 1, 2, None), strict=True):

        def dying(node: Any, end: int | None = end) -> Any:
            built = instantiate(node)
            return {**built, "die": Die(end)} if node is config["callbacks"] and end is not None else built

        monkeypatch.setattr(training, "instantiate", dying)
        monkeypatch.setattr(training, "record_environment", lambda start=start: start)
        monkeypatch.setattr(training, "record_changes", lambda start=start: f"patch of {start.commit}")
        with pytest.raises(RuntimeError) if end is not None else nullcontext():
            training.train(config, folder)
    record = load(folder / "training.json", TrainingRecord)
    assert (*record.earlier, record.environment) == tuple(starts[1:])
    patches = {patch.name: patch.read_text() for patch in folder.glob("changes*")}
    assert patches == {f"changes-2020010{1 + i}T000000.patch": f"patch of {i}-dirty" for i in (1, 2, 3)}


def test_records_of_before_are_read(tmp_path: Path) -> None:
    record = TrainingRecord(SCHEMA, "a", NOWHERE, "h", 0, Dataset("d", "0", 1), (), 1, None, None, "m", 1, {})
    save(tmp_path / "training.json", record)
    older = json.loads((tmp_path / "training.json").read_text())
    del older["earlier"]
    (tmp_path / "training.json").write_text(json.dumps(older))
    assert load(tmp_path / "training.json", TrainingRecord) == record


def diverge(callback: HeldOutMetrics, *_: Any) -> None:
    callback.latest = {"val/loss": float("nan"), "val/psnr": float("-inf"), "val/bpp_file": 0.5}


def test_a_run_that_diverged_ends_with_a_record(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON has no number for some of its figures, and trying again would make none."""
    monkeypatch.setattr(HeldOutMetrics, "on_validation_end", diverge)
    training.train(configuration(photographs, tmp_path, *SMOKE, "trainer.val_check_interval=2"), tmp_path)
    assert state_of(tmp_path) is State.DONE
    metrics = load(tmp_path / "training.json", TrainingRecord).held_out_metrics
    assert metrics == {"val/loss": None, "val/psnr": None, "val/bpp_file": 0.5}
    card = read_card(tmp_path, "a", "a", None)
    assert Fact("last validation", "val/loss not finite, val/psnr not finite, val/bpp_file 0.5") in card.facts


def test_an_evaluation_that_was_cut_off_is_made_up_for_and_then_the_run_is_done(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    config = configuration(photographs, folder, *SMOKE)
    with monkeypatch.context() as patch:
        patch.setattr(training, "_show_evaluation", break_)
        with pytest.raises(RuntimeError):
            training.train(config, folder)
    assert state_of(folder) is State.FAILED
    monkeypatch.setattr(pl.Trainer, "fit", break_)
    training.train(config, folder)
    assert state_of(folder) is State.DONE


def test_two_processes_do_not_train_in_one_folder(photographs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with recorded(folder, "abc", NOWHERE), pytest.raises(ConfigError, match="another process is at work"):
        training.train(configuration(photographs, folder, *SMOKE), folder)
    assert not (folder / "config.yaml").exists()
    assert state_of(folder) is State.DONE, "that of the other process"


def test_time_left() -> None:
    assert Progress(30, 100, 0.5).seconds_left == 35.0
    assert Progress(0, 100, None).seconds_left is None
