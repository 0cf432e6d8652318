"""Runs that end early, go on, or are only evaluated, as W&B and TensorBoard have them."""

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import wandb
from logged_run import with_loggers
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from compressible import training
from compressible.instantiate import ConfigError
from compressible.loggers.weights_and_biases import run_id
from compressible.runs import State, state_of
from small_run import write_photographs
from wandb_files import written_runs


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("data") / "photographs")


class Die(pl.Callback):
    """Ends a run in the middle of its fifth step."""

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: Any) -> None:
        if trainer.global_step == 4:
            raise RuntimeError("the machine is gone")


def break_(*_: Any, **__: Any) -> None:
    raise RuntimeError("the machine is gone")


def test_a_resumed_run_goes_on_where_it_was(photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "run"
    names = ("wandb", "tensorboard")
    config = with_loggers(photographs, folder, names, "callbacks.checkpoint.minutes=0")
    with monkeypatch.context() as patch:
        patch.setattr(training, "ProgressRecord", lambda folder: Die())
        with pytest.raises(RuntimeError, match="the machine is gone"):
            training.train(config, folder)
    assert wandb.run is None
    with monkeypatch.context() as patch:
        patch.setattr(training, "_show_evaluation", break_)
        with pytest.raises(RuntimeError, match="the machine is gone"):
            training.train(config, folder)
    training.train(config, folder)
    assert state_of(folder) is State.DONE

    failed, trained, evaluated = runs = written_runs(folder)
    assert [run.exit_code for run in runs] == [1, 1, 0]
    assert len({(run.id, run.name) for run in runs}) == 1
    assert [step for step, _ in failed.values("train/loss")] == [0, 1, 2, 3]
    assert [step for step, _ in trained.values("train/loss")] == [4, 5]
    assert evaluated.values("train/loss") == []
    assert [step for step, _ in evaluated.values("evaluation")] == [6]
    events = EventAccumulator(str(folder / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("train/loss")] == list(range(6))
    assert [event.step for event in events.Tensors("evaluation/text_summary")] == [6]

    before = sorted((folder / "wandb").iterdir())
    training.train(config, folder)
    assert sorted((folder / "wandb").iterdir()) == before, "a finished run is shown, not logged anew"


def test_each_folder_has_an_id_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ids = {run_id(tmp_path / name) for name in ("a", "b", "a/b")}
    assert len(ids) == 3
    assert run_id(Path("a")) == run_id(tmp_path / "b" / ".." / "a") == run_id(tmp_path / "a")
    assert all(set(own) <= set("0123456789abcdef") for own in ids), "W&B allows no punctuation"


def test_without_an_account_the_mistake_is_told_before_training(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setattr(pl.Trainer, "fit", break_)
    config = with_loggers(photographs, tmp_path / "run", ("wandb",), "logger.wandb.offline=false")
    with pytest.raises(ConfigError, match=r"W&B: .*logger\.wandb\.offline=true"):
        training.train(config, tmp_path / "run")
    assert wandb.run is None


def test_without_tensorboard_the_mistake_names_the_extra(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compressible.loggers.tensorboard.find_spec", lambda name: None)
    config = with_loggers(photographs, tmp_path / "run", ("tensorboard",))
    with pytest.raises(ConfigError, match=r"pip install 'compressible\[tensorboard\]'"):
        training.train(config, tmp_path / "run")
