"""Charts as Plotly takes them, without colours of text and paper: those are the page's, which may be dark.

Plotly reads a little HTML in texts, so whatever is to be drawn is escaped; what is read out beside a chart is plain.
"""

from collections.abc import Sequence
from html import escape
from math import log10

from compressible.reports.page.model import Axis, Chart, Form, Series, Stroke

COLOURS = 10
"""``--series-0`` and so on in the styles."""
MARKERS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "star", "hexagram")
"""No divisor in common with the colours: the first 90 series are all told apart by the two."""
SHOWN = 12
"""Markers on a line, which may have more points."""
DECADES = (0.9, 3)
"""Over fewer Plotly marks a logarithmic axis as if it were linear, over more it marks few places; between, too many."""
DASHES = {Stroke.BOLD: "solid", Stroke.PLAIN: "solid", Stroke.DASHED: "dash", Stroke.DOTTED: "dot"}

Json = dict[str, object]


def figure(chart: Chart) -> Json:
    """``data`` and ``layout`` of a figure, and the plain titles of its ``axes``.

    In a trace's ``meta`` stand its plain name, for the page to shorten and escape, the number of its colour and the
    runs to link to; ``customdata`` are the plain notes.
    """
    draw = _bars if chart.form is Form.BARS else _line
    layout: Json = {
        "xaxis": _axis(chart.x, [x for series in chart.series for x in series.x]),
        "yaxis": _axis(chart.y, [y for series in chart.series for y in series.y]),
        "hovermode": "closest",
    }
    if chart.form is Form.BARS:
        layout |= {"barmode": "group", "bargap": 0.15}
    traces = [draw(series) | _texts(series, chart) for series in chart.series]
    return {"data": traces, "layout": layout, "axes": [chart.x.title, chart.y.title]}


def _line(series: Series) -> Json:
    bold = series.stroke is Stroke.BOLD
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"width": 3 if bold else 1.6, "dash": DASHES[series.stroke]},
        "marker": {
            "symbol": MARKERS[series.colour % len(MARKERS)],
            "size": 9 if bold else 6,
            "maxdisplayed": SHOWN,
        },
    }


def _bars(series: Series) -> Json:
    return {"type": "bar", "textposition": "none"}


def _texts(series: Series, chart: Chart) -> Json:
    plain = {"name": series.name, "colour": series.colour % COLOURS, "runs": series.runs}
    both: Json = {"x": series.x, "y": series.y, "meta": plain, "showlegend": True}
    if series.notes:
        texts = ["<br>".join(map(_drawn, note)) for note in series.notes]
        return both | {"customdata": series.notes, "text": texts, "hovertemplate": "%{text}<extra></extra>"}
    template = f"{_drawn(series.name)}<br>{_drawn(chart.x.title)} %{{x}}<br>%{{y:.5~g}}<extra></extra>"
    return both | {"hovertemplate": template}


def _axis(axis: Axis, values: Sequence[float]) -> Json:
    drawn: Json = {
        "title": {"text": _drawn(axis.title), "standoff": 8},
        "type": "log" if axis.log else "linear",
        "exponentformat": "e",
    }
    if axis.ticks:
        drawn |= {
            "tickmode": "array",
            "tickvals": [tick.at for tick in axis.ticks],
            "ticktext": [_drawn(tick.label) for tick in axis.ticks],
        }
    elif axis.log and DECADES[0] <= _decades(values) <= DECADES[1]:
        # 1, 2 and 5 of each.
        drawn["dtick"] = "D2"
    return drawn


def _decades(values: Sequence[float]) -> float:
    """Between the least and the largest of those that a logarithmic axis can show."""
    positive = [value for value in values if value > 0]
    return log10(max(positive) / min(positive)) if positive else 0


def _drawn(text: str) -> str:
    return escape(text, quote=False).replace("%{", "%&#123;")
