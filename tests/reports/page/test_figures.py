import json
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest

from compressible.reports.page import figures
from compressible.reports.page.figures import figure
from compressible.reports.page.model import Axis, Chart, Form, Series, Stroke, Tick

LINE = Series(
    "a <b> %{x}",
    (1, 2),
    (3, 4),
    colour=12,
    stroke=Stroke.DASHED,
    notes=(("<i>", "x"), ("y", "&")),
    runs=("run-1", None),
)
PLAIN = Series("a <b> %{x}", (1, 10), (5, 0.5), colour=1)


@pytest.mark.parametrize("form", list(Form))
def test_plotly_knows_every_setting(form: Form) -> None:
    """Its own validation refuses names and values that it does not have."""
    chart = Chart("t", Axis("x < y", log=True, ticks=(Tick(1, "one"),)), Axis("y"), (LINE, PLAIN), form)
    drawn = json.loads(json.dumps(figure(chart)))
    assert len(go.Figure(data=drawn["data"], layout=drawn["layout"]).data) == 2
    with pytest.raises(ValueError, match="bargab"):
        go.Figure(layout={"bargab": 1})


def test_what_plotly_draws_is_escaped_and_what_is_read_out_is_plain() -> None:
    drawn = figure(Chart("t", Axis("<x>"), Axis("y"), (LINE, PLAIN)))
    noted, plain = drawn["data"]  # pyright: ignore[reportGeneralTypeIssues]
    assert noted["text"] == ["&lt;i&gt;<br>x", "y<br>&amp;"]
    assert noted["customdata"] == LINE.notes
    assert noted["meta"] == {"name": "a <b> %{x}", "colour": 2, "runs": ("run-1", None)}
    assert plain["hovertemplate"] == "a &lt;b&gt; %&#123;x}<br>&lt;x&gt; %{x}<br>%{y:.5~g}<extra></extra>"
    assert drawn["axes"] == ["<x>", "y"]


def test_no_two_series_look_alike() -> None:
    """By colour and marker, of which the page has so many in light and in dark."""
    chart = Chart("t", Axis("x"), Axis("y"), tuple(Series(str(i), (1, 2), (3, 4), i) for i in range(60)))
    traces = json.loads(json.dumps(figure(chart)["data"]))
    assert len({(trace["meta"]["colour"], trace["marker"]["symbol"]) for trace in traces}) == 60
    style = (Path(figures.__file__).parent / "page.css").read_text()
    for scheme in style.split("@media (prefers-color-scheme: dark)"):
        given = {int(number) for number in re.findall(r"--series-(\d+): #[0-9a-f]{6};", scheme)}
        assert given == {trace["meta"]["colour"] for trace in traces}


@pytest.mark.parametrize(
    ("values", "marks"),
    [((2e-3, 5e-3), None), ((0.012, 0.9, 0), "D2"), ((1, 900), "D2"), ((1e-9, 1), None), ((0,), None)],
)
def test_a_logarithmic_axis_has_few_marks_a_decade(values: tuple[float, ...], marks: str | None) -> None:
    line = Series("a", tuple(range(len(values))), values, 0)
    layout = json.loads(json.dumps(figure(Chart("t", Axis("x"), Axis("y", log=True), (line,)))["layout"]))
    assert (layout["yaxis"].get("dtick"), layout["xaxis"].get("dtick")) == (marks, None)


@pytest.mark.parametrize(
    ("x", "y", "notes"), [((1,), (1, 2), ()), ((1, 2), (1, 2), (("a",),)), ((1,), (float("nan"),), ())]
)
def test_series_that_do_not_fit_are_refused(x: tuple, y: tuple, notes: tuple) -> None:
    with pytest.raises(ValueError, match="'a' has"):
        Series("a", x, y, 0, notes=notes)
