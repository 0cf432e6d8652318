from pathlib import Path

import numpy as np
import pytest

from compressible.metrics.curves import RDCurve, RDPoint
from compressible.reports.ltc_figure import ltc_figure
from compressible.reports.ltc_points import MATCHED
from compressible.reports.ltc_table import points_of
from ltc_runs import entry

RUNS = [
    entry(8, 0, 0.7, 0.004),
    entry(128, 0, 1.5, 0.001),
    entry(128, 0.01, 0.5, 0.006),
    entry(8, 0, 0.7, 0.005, MATCHED[1]),
]


def test_lines_of_both_panels_and_what_they_show(tmp_path: Path) -> None:
    figure = ltc_figure(points_of(RUNS), [RDCurve("jpeg420", [RDPoint(1.0, 20.0), RDPoint(2.0, 30.0)])])
    left, right = figure.axes
    lines = [{str(line.get_label()): line for line in axes.get_lines()} for axes in (left, right)]
    vectors, scalars = "vectors of 8, 2x", "scalars, 1 a place, 2x"
    forms = {vectors, "vectors of 16, 2x", *(f"scalars, {form}" for form in ("16 a place, 8x", "8 a place, 8x"))}
    published = {f"{form}, published" for form in (*forms, "scalars, 4 a place, 4x")}
    assert set(lines[0]) == {vectors, scalars, *published, "JPEG 4:2:0"}, "none published of the last"
    sizes = {f"k = {size}, published" for size in (8, 32, 128)}
    assert set(lines[1]) == {"k = 8", "k = 128", *sizes, "JPEG 4:2:0"}
    assert np.asarray(lines[0][vectors].get_xdata()).tolist() == [0.7, 1.5]
    assert np.asarray(lines[0][vectors].get_ydata()) == pytest.approx([4.0, 1.0])
    assert np.asarray(lines[1]["k = 128"].get_xdata()).tolist() == [0.5, 1.5]
    assert np.asarray(lines[0]["JPEG 4:2:0"].get_ydata()) == pytest.approx([10.0, 1.0]), "20 and 30 dB"
    figure.savefig(tmp_path / "ltc.png")
    assert (tmp_path / "ltc.png").stat().st_size > 1000
