"""Which figures a run's folder makes."""

import json
from pathlib import Path

import pytest

from compressible.reports.index_records import HISTOGRAMS_SCHEMA, IndexRecord, VectorHistogram
from compressible.reports.run_figures import run_figures
from compressible.reports.schema import save


def log(folder: Path, text: str) -> None:
    path = folder / "csv" / "version_0" / "metrics.csv"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def test_a_run_that_has_just_begun_has_none(tmp_path: Path) -> None:
    assert list(run_figures(tmp_path)) == []
    log(tmp_path, "step,train/loss,gap/gap,train/entropy\n1,0.5,,\n")
    assert list(run_figures(tmp_path)) == []


def test_annealing_of_what_logged_a_gap(tmp_path: Path) -> None:
    log(tmp_path, "step,gap/sigma,gap/soft_mse,gap/hard_mse,gap/gap\n1,2.0,0.1,0.4,0.3\n5,4.0,0.1,0.2,0.1\n")
    ((name, figure),) = run_figures(tmp_path)
    assert name == "annealing"
    assert list(figure.axes[0].lines[0].get_ydata()) == [2.0, 4.0]  # pyright: ignore[reportArgumentType]


def test_a_row_that_was_cut_off_hinders_no_figure(tmp_path: Path) -> None:
    log(tmp_path, "step,gap/gap,gap/sigma,gap/soft_mse,gap/hard_mse\n1,0.3,2.0,0.1,0.4\n5,0.1,4.0,0.1")
    ((_, figure),) = run_figures(tmp_path)
    assert list(figure.axes[0].lines[0].get_xdata()) == [1]  # pyright: ignore[reportArgumentType]


def test_indices_of_what_wrote_histograms(tmp_path: Path) -> None:
    log(tmp_path, "step,train/entropy\n3,1.5\n")
    assert list(run_figures(tmp_path)) == [], "no histogram yet"
    (tmp_path / "index_histograms").mkdir()
    record = IndexRecord(HISTOGRAMS_SCHEMA, 0, 1.0, (VectorHistogram((-1.0, 1.0), (4, 4)),))
    save(tmp_path / "index_histograms" / "step_0000000.json", record)
    ((name, figure),) = run_figures(tmp_path)
    assert name == "indices"
    (entropy, *_) = figure.axes
    assert list(entropy.lines[0].get_ydata()) == [1.5]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("latest", [2.0, 3.0])
def test_codebooks_as_they_were_last(latest: float, tmp_path: Path) -> None:
    (tmp_path / "codebooks").mkdir()
    for step, entropy in ((100, 1.0), (1000, latest)):
        channels = [{"bottleneck": 0, "hard": [entropy], "soft": None}]
        (tmp_path / "codebooks" / f"step_{step:07d}.json").write_text(json.dumps(channels))
    ((name, figure),) = run_figures(tmp_path)
    assert name == "codebooks"
    assert figure.axes[0].patches[0].get_height() == latest  # pyright: ignore[reportAttributeAccessIssue]
