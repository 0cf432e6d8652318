from pathlib import Path

import pytest
from page_examples import MOMENTS, leave_run

from compressible.reports.annealing_plot import AnnealingRecord
from compressible.reports.index_plot import POINTS, EntropyRecord
from compressible.reports.page.logs import Curve, of_annealing, of_entropies, read_log


def log(folder: Path, text: str, version: int = 0) -> None:
    file = folder / "csv" / f"version_{version}" / "metrics.csv"
    file.parent.mkdir(parents=True)
    file.write_text(text)


def test_a_step_logged_anew_has_its_later_value(tmp_path: Path) -> None:
    log(tmp_path, "step,train/loss\n0,5.0\n10,4.0\n20,9.0\n")
    log(tmp_path, "step,train/loss\n20,3.0\n30,2.0\n", version=1)
    assert read_log(tmp_path, "a", "run-0").curves == {"train/loss": Curve((0, 10, 20, 30), (5.0, 4.0, 3.0, 2.0))}


def test_what_is_no_finite_number_is_left_out(tmp_path: Path) -> None:
    """Of a run that diverges, or whose last line is cut off; single channels are too many to show."""
    log(tmp_path, "step,epoch,a,b/003,c\n0,0,1.5,7,\n1,0,nan,7,2\n2,0,inf,7,x\n,0,3,7,3\n3,0,2.5\n4,0\n")
    assert read_log(tmp_path, "a", "run-0").curves == {"a": Curve((0, 3), (1.5, 2.5)), "c": Curve((1,), (2.0,))}


def test_long_logs_are_thinned_up_to_their_end(tmp_path: Path) -> None:
    log(tmp_path, "step,a\n" + "".join(f"{step},{step / 2}\n" for step in range(3 * POINTS + 1)))
    curve = read_log(tmp_path, "a", "run-0").curves["a"]
    assert POINTS / 2 <= len(curve.steps) <= POINTS
    assert curve.steps[-1] == 3 * POINTS
    assert list(curve.values) == [step / 2 for step in curve.steps]


def test_records_of_codes(tmp_path: Path) -> None:
    """All histograms, and of the channels what was written last."""
    found = read_log(leave_run(tmp_path / "run"), "a", "run-0")
    assert found.moments == MOMENTS
    (channels,) = found.channels
    assert (channels.hard, channels.soft) == ((2.0, 0.5), (3.0, 1.5))
    empty = read_log(tmp_path, "b", "run-1")
    assert (empty.curves, empty.moments, empty.channels) == ({}, (), ())


def test_result_files_go_by_the_names_of_logs() -> None:
    annealing = AnnealingRecord("s", "r", (1, 2), (3.0, 4.0), (0.25, 0.5), (0.5, 1.0))
    curves = of_annealing(annealing, "r (file)").curves
    assert curves["gap/gap"] == Curve((1, 2), (0.25, 0.5))
    assert curves["train/sigma"].values == (3.0, 4.0)
    entropies = of_entropies(EntropyRecord("s", "r", (1, 2), (3.0, 2.0), None, MOMENTS), "r (file)")
    assert entropies.curves == {"train/entropy": Curve((1, 2), (3.0, 2.0))}
    assert entropies.moments == MOMENTS


def test_records_of_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        of_annealing(AnnealingRecord("s", "r", (1,), (3.0,), (0.25,), (0.5, 0.1)), "r")
