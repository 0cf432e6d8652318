"""Finished runs to the file of results, by the script."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from compressible.reports.schema import load, save
from compressible.reports.static_prior_table import Entry, entry_of
from static_prior_runs import RECORD, runs

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import static_prior


def test_runs_are_gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    records = [RECORD, replace(RECORD, axis="space")]
    monkeypatch.setattr(static_prior, "RESULTS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["static_prior.py", *map(str, runs(tmp_path, *records))])
    static_prior.main()
    assert set(load(tmp_path / "static_prior.json", tuple[Entry, ...])) == set(map(entry_of, records))
    assert "slices of channels" in capsys.readouterr().out


def test_a_folder_without_a_run_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path / "evaluation.json", {"schema": "other"})
    monkeypatch.setattr(static_prior, "RESULTS", tmp_path / "results")
    for folder in (tmp_path, tmp_path / "nowhere"):
        monkeypatch.setattr(sys, "argv", ["static_prior.py", str(folder)])
        with pytest.raises(SystemExit) as stopped:
            static_prior.main()
        assert stopped.value.code == 2
        assert str(folder) in capsys.readouterr().err
    assert not (tmp_path / "results").exists()
