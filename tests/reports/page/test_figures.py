import json

import plotly.graph_objects as go
import pytest

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
    assert noted["meta"] == {"name": "a <b> %{x}", "colour": 12, "runs": ("run-1", None)}
    assert plain["hovertemplate"] == "a &lt;b&gt; %&#123;x}<br>&lt;x&gt; %{x}<br>%{y:.5~g}<extra></extra>"
    assert drawn["axes"] == ["<x>", "y"]


@pytest.mark.parametrize(
    ("x", "y", "notes"), [((1,), (1, 2), ()), ((1, 2), (1, 2), (("a",),)), ((1,), (float("nan"),), ())]
)
def test_series_that_do_not_fit_are_refused(x: tuple, y: tuple, notes: tuple) -> None:
    with pytest.raises(ValueError, match="'a' has"):
        Series("a", x, y, 0, notes=notes)
