"""What a run's folder already holds is continued, shown or refused, and never mixed with another run."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
import yaml

from compressible import training
from compressible.data.paths import DataError
from compressible.instantiate import ConfigError
from compressible.reports.evaluation import load_evaluation
from compressible.reports.evaluation_plan import EvaluationPlan
from compressible.reports.schema import load
from compressible.reports.training_record import TrainingRecord
from compressible.tasks import ImageCompression
from small_run import configuration, write_photographs

SMOKE = ("experiment=shvq_kodak", "budget=smoke", "trainer.max_steps=4", "trainer.val_check_interval=2")
NOWHERE = {
    "_target_": "compressible.reports.evaluation_plan.EvaluationPlan",
    "dataset": "urban100",
    "root": "/nowhere",
    "families": ["jpeg444"],
}


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("data") / "photographs")


@pytest.fixture
def finished(photographs: Path, tmp_path: Path) -> dict[str, Any]:
    """Configuration of a run that is finished in ``tmp_path / "run"``."""
    config = configuration(photographs, tmp_path / "run", *SMOKE)
    training.train(config, tmp_path / "run")
    return config


def evaluated(config: dict[str, Any], evaluation: dict[str, Any] | None) -> dict[str, Any]:
    """The configuration with another evaluation in the end."""
    return config | {"outcome": config["outcome"] | {"evaluation": evaluation}}


def fail(*_: Any, **__: Any) -> None:
    raise AssertionError("this should not have been called")


def contents(folder: Path) -> dict[Path, tuple[int, bytes]]:
    """All files but locks."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_nothing_is_made_anew(
    finished: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nor is it evaluated again; the tables that are there are shown."""
    folder = tmp_path / "run"
    (folder / "evaluation.md").write_text("| codec | score |\n|---|---|\n| ours | 12.5 |\n")
    before = contents(folder)
    monkeypatch.setattr(pl.Trainer, "fit", fail)
    monkeypatch.setattr(EvaluationPlan, "run", fail)
    with caplog.at_level(logging.INFO, "compressible"):
        path = training.train(finished, folder)
    assert [record.getMessage() for record in caplog.records if "finished" in record.getMessage()] == caplog.messages
    assert len(caplog.messages) == 1
    assert "12.5" in capsys.readouterr().out
    assert path in before
    assert contents(folder) == before


def test_another_evaluation_is_made_of_the_same_model(
    finished: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without another step; the record tells both who trained and who wrote the model."""
    folder = tmp_path / "run"
    checkpoint = (folder / "last.ckpt").read_bytes()
    trained = load(folder / "training.json", TrainingRecord)
    monkeypatch.setattr(ImageCompression, "training_step", fail)
    plan = NOWHERE | {"dataset": "bundled", "root": str(tmp_path / "pictures"), "families": []}
    training.train(evaluated(finished, plan), folder)
    assert load_evaluation(folder / "evaluation.json").dataset.name == "bundled"
    assert all((folder / name).exists() for name in ("evaluation.md", "rd_psnr.png", "rd_psnr.svg"))
    record = load(folder / "training.json", TrainingRecord)
    assert record.earlier == (trained.environment,)
    assert (record.steps, record.model) == (trained.steps, trained.model)

    moved = tmp_path / "pictures"
    moved.rename(tmp_path / "elsewhere")
    after = contents(folder)
    with monkeypatch.context() as patch:
        patch.setattr(pl.Trainer, "fit", fail)
        training.train(evaluated(finished, plan | {"root": str(tmp_path / "elsewhere")}), folder)
    assert contents(folder) == after, "where pictures lie decides nothing"

    training.train(finished, folder)
    assert (folder / "last.ckpt").read_bytes() == checkpoint
    gone = ("evaluation.md", "evaluation.json", "rd_psnr.png", "rd_psnr.svg")
    assert not any((folder / name).exists() for name in gone), "no evaluation was asked for"


def test_an_evaluation_that_cannot_be_made_leaves_the_old_one(finished: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "evaluation.md").write_text("the old one")
    before = contents(folder)
    with pytest.raises(DataError, match="urban100"):
        training.train(evaluated(finished, NOWHERE), folder)
    assert contents(folder) == before


def test_a_run_that_ended_while_exporting_exports(finished: dict[str, Any], tmp_path: Path) -> None:
    """And its record has the last validation, though none is made any more."""
    folder = tmp_path / "run"
    record, model = ((folder / name).read_bytes() for name in ("training.json", "test.cmpw"))
    metrics = json.loads(record)["held_out_metrics"]
    assert {"val/psnr", "val/bpp_file"} <= metrics.keys()
    (folder / "training.json").unlink()
    (folder / "test.cmpw").unlink()
    training.train(finished, folder)
    again = json.loads((folder / "training.json").read_bytes())
    assert again["held_out_metrics"] == metrics
    assert again["steps"] == 4
    assert (folder / "test.cmpw").read_bytes() == model


@pytest.mark.parametrize("override", ["beta=0.3", "trainer.max_steps=6", "quantizer.centers=5", "seed=1"])
def test_another_configuration_is_refused(
    override: str, finished: dict[str, Any], photographs: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    before = contents(folder)
    with pytest.raises(ConfigError, match=r"another configuration.*resume=false.*hydra\.run\.dir") as caught:
        training.train(configuration(photographs, folder, *SMOKE, override), folder)
    assert "\n" not in str(caught.value)
    assert contents(folder) == before


def test_what_decides_nothing_may_change(
    finished: dict[str, Any], photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pl.Trainer, "fit", fail)
    moved = photographs.parent / "elsewhere" / photographs.name
    folder = tmp_path / "run"
    training.train(configuration(moved, folder, *SMOKE, "trainer.log_every_n_steps=7", "~callbacks.timer"), folder)


def test_a_checkpoint_that_does_not_say_where_it_came_from_is_refused(finished: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "run" / "last.ckpt"
    checkpoint = torch.load(path, weights_only=True)
    del checkpoint["config_hash"]
    torch.save(checkpoint, path)
    with pytest.raises(ConfigError, match="another configuration"):
        training.train(finished, tmp_path / "run")
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(ConfigError, match=r"last\.ckpt is not the checkpoint of a run"):
        training.train(finished, tmp_path / "run")


def test_starting_anew_leaves_nothing_of_the_old_run(
    finished: dict[str, Any], photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the new one is stopped, its folder must not look finished, or show the old one's evaluation.

    Nor may it go on from the old one's checkpoint, should it have been stopped before it had one of its own.
    """
    folder = tmp_path / "run"
    results = [folder / f"evaluation.{suffix}" for suffix in ("md", "json")]
    results += [folder / f"rd_{metric}.{suffix}" for metric in ("psnr", "ms_ssim") for suffix in ("png", "svg")]
    for old in results:
        old.write_text("of the old run")
    late = [folder / kept / "step_999.json" for kept in ("codebooks", "index_histograms", "reconstructions")]
    for old in (folder / "csv" / "version_7" / "metrics.csv", *late):
        old.parent.mkdir(parents=True, exist_ok=True)
        old.write_text("of the old run")
    config = configuration(photographs, folder, *SMOKE, "beta=0.3")
    with monkeypatch.context() as patch:
        patch.setattr(pl.Trainer, "fit", fail)
        with pytest.raises(AssertionError):
            training.train(config | {"resume": False}, folder)
    left = [*results, *(folder / name for name in ("training.json", "last.ckpt", "test.cmpw"))]
    assert not [file.name for file in left if file.exists()]
    assert not any("of the old run" in log.read_text() for log in folder.glob("csv/*/metrics.csv"))
    assert not any(old.exists() for old in late)
    training.train(config, folder)
    record = load(folder / "training.json", TrainingRecord)
    assert (record.steps, record.earlier) == (4, ())
    assert yaml.safe_load((folder / "config.yaml").read_text())["beta"] == 0.3


def test_what_the_evaluation_needs_is_looked_for_before_training(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pl.Trainer, "fit", fail)
    config = configuration(photographs, tmp_path / "run", *SMOKE)
    with pytest.raises(DataError, match="urban100"):
        training.train(evaluated(config, NOWHERE), tmp_path / "run")
    with pytest.raises(ConfigError, match=r"jpeg9000.*jpeg2000"):
        training.train(evaluated(config, NOWHERE | {"families": ["jpeg9000"]}), tmp_path / "run")


def test_a_trainer_that_cannot_be_made_is_told_in_one_sentence(photographs: Path, tmp_path: Path) -> None:
    config = configuration(photographs, tmp_path / "run", *SMOKE, "trainer.precision=17-bits")
    with pytest.raises(ConfigError, match="17-bits"):
        training.train(config, tmp_path / "run")
