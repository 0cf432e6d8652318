"""The classical codecs on images of 32 x 32 pixels, by the script."""

import sys
from pathlib import Path

import pytest

from cifar_files import write_cifar10
from compressible.reports.pooled_codecs import PooledCodecs
from compressible.reports.schema import load

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import small_image_codecs


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(small_image_codecs, "RESULTS", tmp_path / "results")


def test_they_code_the_first_test_images(tmp_path: Path) -> None:
    cifar = write_cifar10(tmp_path / "cifar-10-batches-py")
    small_image_codecs.main(["--images", "2", "--data", str(cifar)])
    measured = load(tmp_path / "results" / "ltc_classical.json", PooledCodecs)
    assert (measured.images, measured.pixels, measured.dataset.items) == (2, 1024, 1)


@pytest.mark.parametrize("arguments", [("--images", "0"), ("--data", "cifar-10-batches-py")])
def test_mistakes_are_told(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def offline(self: object) -> None:
        raise small_image_codecs.DataError("there is no data")

    monkeypatch.setattr(small_image_codecs.Cifar10, "prepare_data", offline)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        small_image_codecs.main(arguments)
    assert stopped.value.code == 2
    assert "error: " in capsys.readouterr().err
    assert not list((tmp_path / "results").iterdir())


def test_ctrl_c_is_told_in_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(small_image_codecs.Cifar10, "prepare_data", interrupted)
    with pytest.raises(SystemExit) as stopped:
        small_image_codecs.main([])
    assert stopped.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"
    assert not list((tmp_path / "results").iterdir())
