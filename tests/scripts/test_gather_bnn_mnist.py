"""Finished runs to the file of results, by the script."""

import sys
from pathlib import Path

import pytest

from binary_net_runs import RESULT, write_run
from compressible.reports.binary_net_table import load_entries

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import bnn_mnist


def test_runs_are_gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [write_run(tmp_path / name, name) for name in ("codes", "codes_gray")]
    (tmp_path / "multirun.yaml").write_text("what a sweep leaves beside its runs")
    monkeypatch.setattr(bnn_mnist, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(sys, "argv", ["bnn_mnist.py", *map(str, (*runs, tmp_path / "multirun.yaml"))])
    bnn_mnist.main()
    entries = load_entries(tmp_path / "results" / "bnn_mnist.json")
    assert [(entry.arm, entry.result) for entry in entries] == [("codes", RESULT), ("codes_gray", RESULT)]
    assert (tmp_path / "results" / "training" / "bnn_mnist" / "codes_gray.json").exists()
    assert "codes, Gray labels" in capsys.readouterr().out


def test_what_is_no_run_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bnn_mnist, "RESULTS", tmp_path / "results")
    first = write_run(tmp_path / "a", "codes")
    for folders, said in (
        ([tmp_path / "nowhere"], "nowhere"),
        ([first, write_run(tmp_path / "b", "codes")], "several runs of codes"),
        ([first / "training.json"], "no folder"),
    ):
        monkeypatch.setattr(sys, "argv", ["bnn_mnist.py", *map(str, folders)])
        with pytest.raises(SystemExit) as stopped:
            bnn_mnist.main()
        assert stopped.value.code == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "results").exists()
