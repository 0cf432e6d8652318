"""Charts as Plotly takes them, without colours of text and paper: those are the page's, which may be dark.

Plotly reads a little HTML in texts, so whatever is to be drawn is escaped; what is read out beside a chart is plain.
"""

from html import escape

from compressible.reports.page.model import Axis, Chart, Form, Series, Stroke

MARKERS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "star", "pentagon", "hexagram")
FEW = 12
"""Points up to which a line shows each."""
DASHES = {Stroke.BOLD: "solid", Stroke.PLAIN: "solid", Stroke.DASHED: "dash", Stroke.DOTTED: "dot"}

Json = dict[str, object]


def figure(chart: Chart) -> Json:
    """``data`` and ``layout`` of a figure, and the plain titles of its ``axes``.

    In a trace's ``meta`` stand its plain name, for the page to shorten and escape, the number of its colour and the
    runs to link to; ``customdata`` are the plain notes.
    """
    draw = _bars if chart.form is Form.BARS else _line
    layout: Json = {"xaxis": _axis(chart.x), "yaxis": _axis(chart.y), "hovermode": "closest"}
    if chart.form is Form.BARS:
        layout |= {"barmode": "group", "bargap": 0.15}
    traces = [draw(series) | _texts(series, chart) for series in chart.series]
    return {"data": traces, "layout": layout, "axes": [chart.x.title, chart.y.title]}


def _line(series: Series) -> Json:
    few = len(series.x) <= FEW
    return {
        "type": "scatter",
        "mode": "lines+markers" if few else "lines",
        "line": {"width": 3 if series.stroke is Stroke.BOLD else 1.6, "dash": DASHES[series.stroke]},
        "marker": {"symbol": MARKERS[series.colour % len(MARKERS)], "size": 9 if series.stroke is Stroke.BOLD else 6},
    }


def _bars(series: Series) -> Json:
    return {"type": "bar", "textposition": "none"}


def _texts(series: Series, chart: Chart) -> Json:
    plain = {"name": series.name, "colour": series.colour, "runs": series.runs}
    both: Json = {"x": series.x, "y": series.y, "meta": plain, "showlegend": True}
    if series.notes:
        texts = ["<br>".join(map(_drawn, note)) for note in series.notes]
        return both | {"customdata": series.notes, "text": texts, "hovertemplate": "%{text}<extra></extra>"}
    template = f"{_drawn(series.name)}<br>{_drawn(chart.x.title)} %{{x}}<br>%{{y:.5~g}}<extra></extra>"
    return both | {"hovertemplate": template}


def _axis(axis: Axis) -> Json:
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
    return drawn


def _drawn(text: str) -> str:
    return escape(text, quote=False).replace("%{", "%&#123;")
