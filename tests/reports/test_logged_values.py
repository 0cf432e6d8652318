"""What a run logged, however often it was cut off."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.reports.annealing_plot import read_metrics
from compressible.reports.index_plot import read_entropy
from compressible.reports.index_records import HISTOGRAMS_SCHEMA, IndexRecord, VectorHistogram
from compressible.reports.logged_values import logged_values
from compressible.reports.page.logs import Curve, read_log
from compressible.reports.schema import save

HEADER = "epoch,gap/gap,gap/hard_mse,gap/sigma,gap/soft_mse,step,train/entropy\n"


def log(folder: Path, text: str, version: int = 0) -> None:
    file = folder / "csv" / f"version_{version}" / "metrics.csv"
    file.parent.mkdir(parents=True)
    file.write_text(text)


def rows(*steps: int, sigma: float) -> str:
    return "".join(f"0,{step},{2 * step},{sigma},{step},{step},{step + sigma}\n" for step in steps)


def test_files_follow_each_other_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """Version 10 after version 2; one that logged nothing has no file."""
    for version, loss in ((10, 3), (2, 2), (0, 1)):
        log(tmp_path, f"step,loss\n{version},0.5\n7,{loss}\n", version)
    (tmp_path / "csv" / "version_11").mkdir()
    assert list(logged_values(tmp_path)["loss"].items()) == [(0, 0.5), (2, 0.5), (7, 3.0), (10, 0.5)]


def test_whoever_reads_a_resumed_run_reads_each_step_once(tmp_path: Path) -> None:
    """As after a death at step 2 whose last checkpoint was that of step 1."""
    log(tmp_path, HEADER + rows(0, 1, 2, sigma=5) + "0,3,6,5,3,3,8")
    log(tmp_path, HEADER + rows(1, 2, 3, sigma=7), version=1)
    (tmp_path / "index_histograms").mkdir()
    moment = IndexRecord(HISTOGRAMS_SCHEMA, 0, 1.0, (VectorHistogram((0.0,), (4,)),))
    save(tmp_path / "index_histograms" / "step_0000000.json", moment)
    annealing, entropies = read_metrics("run", tmp_path), read_entropy("run", tmp_path)
    assert (annealing.step, annealing.sigma) == ((0, 1, 2, 3), (5, 7, 7, 7))
    assert (annealing.soft_mse, annealing.hard_mse) == ((0, 1, 2, 3), (0, 2, 4, 6))
    assert (entropies.step, entropies.entropy) == ((0, 1, 2, 3), (5, 8, 9, 10))
    curves = read_log(tmp_path, "run", "run-0").curves
    assert curves["gap/sigma"] == Curve((0, 1, 2, 3), (5, 7, 7, 7))
    assert curves["train/entropy"] == Curve((0, 1, 2, 3), (5, 8, 9, 10))


@given(data=st.data())
def test_a_file_that_is_cut_off_anywhere_has_the_rows_before(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Half a number is a number too: not one value may differ from those that were written."""
    folder = tmp_path_factory.mktemp("run")
    whole = "step,a,b\n" + "".join(f"{step},{step + 0.125},{100 + step}\n" for step in range(1, 4))
    kept = whole[: data.draw(st.integers(0, len(whole)))]
    log(folder, kept)
    steps = range(1, max(kept.count("\n"), 1))
    expected = {"a": {step: step + 0.125 for step in steps}, "b": {step: 100.0 + step for step in steps}}
    assert logged_values(folder) == (expected if steps else {})
