import dataclasses
from pathlib import Path

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from compressible.reports.index_plot import POINTS, EntropyRecord, entropy_figure, read_entropy
from compressible.reports.index_records import IndexRecord, SwitchRecord, VectorHistogram
from compressible.reports.schema import load, save

SWITCH = SwitchRecord("compressible-switch-1", 40, 0.97, 0.001)


def moment(step: int, *counts: tuple[int, ...]) -> IndexRecord:
    vectors = tuple(VectorHistogram(tuple(float(i) for i in range(len(own))), own) for own in counts)
    return IndexRecord("compressible-index-histograms-1", step, 1.5, vectors)


MOMENTS = (moment(0, (10, 10, 10)), moment(25, (2, 26, 2)), moment(50, (0, 30, 0)))
RECORD = EntropyRecord("compressible-entropy-1", "run", (0, 10, 20, 30), (5.0, 4.0, 3.0, 2.0), SWITCH, MOMENTS)


def leave(folder: Path, entropies: dict[int, float], version: int = 0) -> None:
    """The files of a run; other rows log a loss alone."""
    log = folder / "csv" / f"version_{version}" / "metrics.csv"
    log.parent.mkdir(parents=True)
    rows = "".join(f"{step},{value},\n{step},,0.5\n" for step, value in entropies.items())
    log.write_text(f"step,train/entropy,train/loss\n{rows}")
    (folder / "index_histograms").mkdir(exist_ok=True)
    for record in MOMENTS:
        save(folder / "index_histograms" / f"step_{record.step:07d}.json", record)
    save(folder / "switch.json", SWITCH)


def test_what_a_resumed_run_left_and_its_file(tmp_path: Path) -> None:
    """A step that was logged twice has the later value."""
    leave(tmp_path, {0: 5.0, 10: 4.0, 20: 9.0})
    leave(tmp_path, {20: 3.0, 30: 2.0}, version=1)
    record = read_entropy("run", tmp_path)
    assert record == RECORD
    save(tmp_path / "entropy.json", record)
    assert load(tmp_path / "entropy.json", EntropyRecord) == record


def test_a_run_that_never_was_hard_has_no_switch(tmp_path: Path) -> None:
    leave(tmp_path, {0: 5.0})
    (tmp_path / "switch.json").unlink()
    assert read_entropy("run", tmp_path).switch is None


@pytest.mark.parametrize("count", [1, POINTS, POINTS + 1, 1000])
def test_long_runs_are_thinned_evenly_up_to_their_end(count: int, tmp_path: Path) -> None:
    leave(tmp_path, {10 * i: i / 7 for i in range(count)})
    record = read_entropy("run", tmp_path)
    assert min(count, POINTS / 2) <= len(record.step) <= POINTS
    assert record.step[-1] == 10 * (count - 1)
    assert len(set(np.diff(record.step))) <= 1
    assert record.entropy == pytest.approx([step / 70 for step in record.step])


def test_a_run_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="callbacks=weight_compression"):
        read_entropy("run", tmp_path)
    leave(tmp_path, {0: 5.0})
    for file in (tmp_path / "index_histograms").iterdir():
        file.unlink()
    with pytest.raises(ValueError, match="callbacks=weight_compression"):
        read_entropy("run", tmp_path)


def bars(axes) -> list[float]:
    return [patch.get_height() for patch in axes.patches if isinstance(patch, Rectangle)]


def test_the_figure_shows_entropy_switch_and_three_histograms() -> None:
    figure = entropy_figure(RECORD)
    above, *below = figure.axes
    curve, moments, switch = above.lines
    assert (tuple(curve.get_xdata()), tuple(curve.get_ydata())) == (RECORD.step, RECORD.entropy)
    assert (list(moments.get_xdata()), list(moments.get_ydata())) == ([0, 25, 50], [1.5] * 3)
    assert set(switch.get_xdata()) == {40}
    assert switch.get_label() == "hard from here: mean max phi 0.970, gap 0.10%"
    assert [bars(axes) for axes in below] == [[10, 10, 10], [2, 26, 2], [0, 30, 0]]
    assert [axes.get_title() for axes in below] == ["after 0 steps", "after 25 steps", "after 50 steps"]
    assert titles(figure) == ["all 30 weights"]


def test_of_several_codebooks_the_largest_is_shown() -> None:
    moments = tuple(moment(step, (1, 1), (step, 100 - step), (3,)) for step in (10, 20))
    figure = entropy_figure(dataclasses.replace(RECORD, moments=moments, switch=None))
    above, *below = figure.axes
    assert len(above.lines) == 2, "no switch"
    assert [bars(axes) for axes in below] == [[10, 90], [20, 80]]
    assert titles(figure) == ["the largest of 3 codebooks, 100 of 105 weights"]


def titles(figure) -> list[str]:
    return [part.get_suptitle() for part in figure.subfigs if part.get_suptitle()]
