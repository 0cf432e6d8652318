"""A run's model goes into the package small, and what that costs is what is written down."""

import sys
from pathlib import Path

import numpy as np
import pytest

from compressible.codecs import zoo
from compressible.codecs.exported import load_model
from compressible.codecs.learned import LearnedCodec
from compressible.images import read_image, write_image
from compressible.metrics.psnr import psnr
from compressible.reports.environment import Dataset, Environment
from compressible.reports.model_sizes import ModelSizes
from compressible.reports.schema import load, save
from compressible.reports.training_record import SCHEMA, TrainingRecord
from tiny_model import export_tiny, noise

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import ship

RECORD = TrainingRecord(
    SCHEMA,
    "run",
    Environment("train.py", "c0ffee", "2026-01-01", "cpu", 2, "Linux", {}),
    *("0" * 16, 0, Dataset("photographs", "0" * 64, 3), ("a.png",), 5, None, None, "0" * 16, 100, {}),
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run beside a package and results that are empty."""
    monkeypatch.setattr(ship, "ZOO", tmp_path / "zoo")
    monkeypatch.setattr(ship, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(ship, "TOLERANCES", (1e-4, 0.3))
    monkeypatch.setattr(ship, "evaluation_pictures", lambda folder: written(folder, "x"))
    folder = tmp_path / "run"
    folder.mkdir()
    (tmp_path / "zoo").mkdir()
    (tmp_path / "results").mkdir()
    export_tiny(folder / "run.cmpw")
    save(folder / "training.json", RECORD)
    return folder


def written(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for seed, name in enumerate(names):
        write_image(folder / f"{name}.png", noise(176, 184, seed))
    return folder


def test_a_model_is_shipped_small_and_measured(run: Path, tmp_path: Path) -> None:
    pictures = written(tmp_path / "pictures", *(f"{i:02}" for i in range(40)))
    options = ["--photographs", str(pictures), "--cache", str(tmp_path / "cache")]
    ship.main([str(run), "tiny-1", "--data", "noise", "--licence", "none", *options])

    (measured,) = load(tmp_path / "results" / "model_sizes.json", ModelSizes).models
    target = tmp_path / "zoo" / "tiny-1.cmpw"
    shipped, before = load_model(target), load_model(run / "run.cmpw")
    assert measured.model == shipped.description.name == "tiny-1"
    assert (shipped.description.card.training_data, shipped.description.card.commit) == ("noise", "c0ffee")
    assert measured.shipped.tolerance == 1e-4, "the other one does harm"
    assert measured.shipped.hash == shipped.description.hash != before.description.hash
    assert measured.shipped.bytes == target.stat().st_size < measured.lossless_bytes
    weights = sum(2 * p.numel() for p in before.network.parameters())
    assert 0 < measured.safetensors_bytes - weights < 20_000
    assert load(tmp_path / "results" / "training" / "tiny-1.json", TrainingRecord) == RECORD

    assert 2 <= measured.photographs.items < 10
    held_out = ship.Photographs(str(pictures), str(tmp_path / "cache"))
    files = [file for file in pictures.iterdir() if held_out.is_held_out(file.name)]
    images = [*(read_image(file).pixels for file in files), noise(176, 184)]
    assert measured.photographs.items == len(images)
    codecs = [LearnedCodec(model) for model in (before, shipped)]
    lost = [psnr(image, codecs[0].decode(codecs[0].encode(image))) for image in images]
    kept = [psnr(image, codecs[1].decode(codecs[1].encode(image))) for image in images]
    assert measured.shipped.psnr_loss == pytest.approx(np.mean(lost) - np.mean(kept), abs=2e-6)


def test_without_a_harmless_form_nothing_is_shipped(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ship, "TOLERANCES", (0.3,))
    pictures = written(tmp_path / "pictures", *(f"{i:02}" for i in range(40)))
    for photographs, folder, message in (
        (pictures, run, "more harm than 0.02 dB"),
        (tmp_path / "nowhere", run, "nowhere"),
        (pictures, tmp_path, "must hold one exported model"),
    ):
        options = ["--photographs", str(photographs), "--cache", str(tmp_path / "cache")]
        with pytest.raises(SystemExit) as stopped:
            ship.main([str(folder), "tiny-1", "--data", "noise", "--licence", "none", *options])
        assert stopped.value.code == 2
        assert message in capsys.readouterr().err.splitlines()[-1]
    assert not list((tmp_path / "zoo").iterdir())


def test_what_ships_is_what_was_measured() -> None:
    measured = load(ship.RESULTS / "model_sizes.json", ModelSizes).models
    assert {(m.model, m.shipped.hash, m.shipped.bytes) for m in measured} == {
        (d.name, d.hash, zoo.find(d.name).stat().st_size) for d in zoo.shipped()
    }
