"""``models``, ``evaluate`` and ``plot``."""

import json
from pathlib import Path

import pytest
from command_outcome import Command
from PIL import Image

import compressible
from compressible.codecs import zoo
from compressible.reports.evaluation import load_evaluation
from tiny_model import noise


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for i in range(2):
        Image.fromarray(noise(176, 184, seed=i)).save(folder / f"{i}.png")
    return folder


def test_models_are_listed_with_their_cards(command: Command, shipped: Path) -> None:
    listed = json.loads(command("models", "--json").out)
    assert [model["name"] for model in listed] == ["mse-1", "msssim-1", "msssim-2", "msssim-3"]
    assert listed[0]["hash"] == zoo.load("mse-1").details["hash"]
    assert listed[0]["bytes"] == (shipped / "mse-1.cmpw").stat().st_size
    assert listed[0]["card"]["training_data"] == "noise"
    text = command("models").out
    assert "msssim-3: a tiny model" in text
    assert listed[3]["hash"] in text
    assert command("models", "msssim-1").out.count("a tiny model") == 1


def test_an_exported_model_shows_its_card(command: Command, model: Path) -> None:
    (shown,) = json.loads(command("models", model, "--json").out)
    assert shown["name"] == "tiny"


def test_evaluate_and_plot(command: Command, shipped: Path, model: Path, folder: Path, tmp_path: Path) -> None:
    learned, classical = tmp_path / "learned.json", tmp_path / "classical.json"
    done = command("evaluate", folder, "-m", "msssim-1", "-m", "msssim-3", "-m", model, "-o", learned)
    assert done.code == 0
    assert "msssim-3" in done.out
    evaluation = load_evaluation(learned)
    assert evaluation.dataset.name == folder.name
    assert [(c.family, c.codec) for c in evaluation.codecs] == [
        ("msssim", "msssim-1"),
        ("msssim", "msssim-3"),
        ("tiny", "tiny"),
    ]
    image = evaluation.codecs[0].images[0]
    assert image.coded is not None
    assert image.ms_ssim is not None
    data = zoo.load("msssim-1").encode(noise(176, 184))
    assert image.file == pytest.approx(8 * len(data) / (176 * 184), abs=1e-6)
    static = tmp_path / "static.json"
    assert command("evaluate", folder, "-m", "msssim-1", "--entropy", "static", "-o", static).code == 0
    details = [load_evaluation(path).codecs[0].details for path in (learned, static)]
    assert [detail["entropy"] for detail in details] == ["context", "static"]
    assert details[0]["hash"] == details[1]["hash"]
    assert command("evaluate", folder, "-c", "jpeg420", "--dataset", "noise", "-o", classical).code == 0
    assert load_evaluation(classical).dataset.name == "noise"

    done = command("plot", learned, classical, "-o", tmp_path / "curves.v1")
    assert done.code == 0
    for metric in ("psnr", "ssim", "ms_ssim"):
        for suffix in ("png", "svg"):
            path = tmp_path / f"curves.v1_{metric}.{suffix}"
            assert path.stat().st_size > 1000
            assert str(path) in done.out
    command("plot", learned, learned, "-o", tmp_path / "twice").assert_refused(2, "evaluated twice")


def test_pictures_too_small_for_a_metric(command: Command, model: Path, photo: Path, tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    assert command("evaluate", tmp_path, "-m", model, "-o", results).code == 0
    done = command("plot", results, "-o", tmp_path / "curves")
    assert done.code == 0
    assert "no MS-SSIM" in done.out
    assert (tmp_path / "curves_psnr.png").exists()
    assert not (tmp_path / "curves_ms_ssim.png").exists()


def test_two_models_of_one_name(command: Command, model: Path, photo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.cmpw"
    copy.write_bytes(model.read_bytes())
    results = tmp_path / "results.json"
    command("evaluate", tmp_path, "-m", model, "-m", copy, "-o", results).assert_refused(2, "named tiny")


def test_a_damaged_result_file(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    for text in ("", "{}", "[1]"):
        path.write_text(text)
        command("plot", path, "-o", tmp_path / "curves").assert_refused(1, "results.json")


def test_help_teaches(command: Command) -> None:
    assert "compressible compress photo.png" in command("--help").out
    for name in ("compress", "decompress", "info", "models", "evaluate", "plot"):
        done = command(name, "--help")
        assert done.code == 0
        assert f"compressible {name}" in done.out.split("Examples")[1]


def test_version(command: Command) -> None:
    assert command("--version").out == f"compressible {compressible.__version__}\n"


def test_without_arguments_the_help_is_shown(command: Command) -> None:
    done = command()
    assert (done.code, done.err) == (2, "")
    assert "Usage" in done.out
