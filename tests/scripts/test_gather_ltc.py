"""Finished runs of LTC to the file of results, by the script."""

import sys
from pathlib import Path

import pytest

from cifar_files import write_cifar10
from compressible.reports.ltc_table import load_entries
from compressible.reports.pooled_codecs import PooledCodecs
from compressible.reports.schema import load
from ltc_runs import entry, write_run

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import ltc


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(ltc, "RESULTS", tmp_path / "results")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["ltc.py", *map(str, arguments)])
    ltc.main()


def test_runs_are_gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [entry(8, 0, 0.7, 0.004), entry(8, 0.01, 0.4, 0.007)]
    folders = [write_run(tmp_path / str(i), own) for i, own in enumerate(runs)]
    run(monkeypatch, *folders)
    assert load_entries(tmp_path / "results" / "ltc.json") == tuple(runs)
    kept = sorted(path.name for path in (tmp_path / "results" / "training" / "ltc").iterdir())
    assert kept == ["ltc_vector-k8-alpha0-0.json", "ltc_vector-k8-alpha0.01-0.json"]
    assert "lowers the entropy" in capsys.readouterr().out


def test_classical_codecs_code_the_first_test_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cifar = write_cifar10(tmp_path / "cifar-10-batches-py")
    run(monkeypatch, "--classical", "--images", 2, "--data", cifar)
    measured = load(tmp_path / "results" / "ltc_classical.json", PooledCodecs)
    assert (measured.images, measured.pixels, measured.dataset.items) == (2, 1024, 1)


@pytest.mark.parametrize("arguments", [(), ("nowhere/at/all",), ("--classical", "--images", "0"), (".",)])
def test_mistakes_are_told(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, *arguments)
    assert stopped.value.code == 2
    assert "error: " in capsys.readouterr().err
    assert not list((tmp_path / "results").iterdir())
