"""Finished autoencoders to the files of results, by the script."""

import sys
from pathlib import Path

import numpy as np
import pytest

from autoencoder_runs import PAIR, result, write_run
from compressible.bitstream.code_file import CodeFile, Codes
from compressible.reports.autoencoding_table import load_entries
from compressible.reports.code_maps import CodeMaps
from compressible.reports.schema import load

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import dqae


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(dqae, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["dqae.py", *map(str, arguments)])
    dqae.main()


def test_runs_are_gathered_with_their_records(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [write_run(tmp_path / name, name, result(3.0, PAIR), seed) for name, seed in (("dq", 0), ("dq-1", 1))]
    rival = write_run(tmp_path / "vq", "vq", result(4.0, PAIR))
    run(monkeypatch, "--results", "mine", *runs, rival)
    entries = load_entries(results / "mine.json")
    assert [(entry.row, entry.seed) for entry in entries] == [("dq", 0), ("dq", 1), ("vq", 0)]
    kept = {path.name: path.read_bytes() for path in (results / "training" / "dqae").iterdir()}
    assert kept == {
        name: (folder / "training.json").read_bytes()
        for name, folder in zip(("dq-0.json", "dq-1.json", "vq-0.json"), [*runs, rival], strict=True)
    }
    assert "-25.0 %" in capsys.readouterr().out, "against the rival"


def test_maps_of_codes_are_kept(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_run(tmp_path / "dq", "dq", result(3.0, PAIR))
    codes = Codes((4, 4), np.zeros((2, 3, 2, 2), np.int64))
    (folder / "dq.codes").write_bytes(CodeFile(bytes(8), (codes,)).to_bytes())
    results.mkdir()
    run(monkeypatch, "--codes", folder)
    (maps,) = load(results / "dqae_codes.json", tuple[CodeMaps, ...])
    assert (maps.run, maps.alphabet, len(maps.entropy)) == ("dq", (4, 4), 2)


@pytest.mark.parametrize("flag", [(), ("--codes",)])
def test_a_folder_without_a_run_is_one_sentence(
    flag: tuple[str, ...],
    results: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, *flag, tmp_path / "nowhere")
    assert stopped.value.code == 2
    assert "nowhere" in capsys.readouterr().err
    assert not results.exists()


def test_one_run_twice_is_refused_before_anything_is_written(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_run(tmp_path / "dq", "dq", result(3.0, PAIR))
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, folder, folder)
    assert stopped.value.code == 2
    assert "several runs of dq" in capsys.readouterr().err
    assert not results.exists()
