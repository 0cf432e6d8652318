"""Rate-distortion figures: bits a pixel of whole files against a metric, ours in front, as PNG and SVG.

Rates are on a logarithmic axis, where a constant saving is a constant distance. MS-SSIM and SSIM are spaced by
-10 log10(1 - value) and labelled with their values: near 1 they would otherwise all lie on one line.
"""

import io
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressible.atomic import write_bytes_atomic
from compressible.metrics.curves import RDCurve
from compressible.reports.comparison import METRIC_LABELS, label
from compressible.reports.evaluation import Metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe & Ito 2008, "Color Universal Design", without vermilion, which is ours, and yellow, which white swallows."""
OUR_COLOURS = ("#D55E00", "#8C2D04")
MARKERS = ("o", "s", "^", "D", "v", "P")
RATES = (0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)
SIMILARITIES = (0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998)


def rd_figure(curves: Sequence[RDCurve], metric: Metric, ours: Collection[str] = (), title: str = "") -> "Figure":
    """Figure of the curves of one metric.

    Args:
        curves: one a family.
        metric: whose values the curves hold.
        ours: names of the curves to highlight.
        title: printed above.
    """
    # Neither pyplot nor its global state: a Figure of its own draws with Agg and opens no window.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not curves:
        raise ValueError("a figure needs at least one curve")
    figure = Figure(figsize=(7.5, 5.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    others = [curve for curve in curves if curve.name not in ours]
    for i, curve in enumerate(others):
        _draw(axes, curve, COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)], bold=False)
    for i, curve in enumerate(curve for curve in curves if curve.name in ours):
        _draw(axes, curve, OUR_COLOURS[i % len(OUR_COLOURS)], MARKERS[i % len(MARKERS)], bold=True)
    _scale(axes, curves, metric)
    axes.set_xlabel("bits per pixel (whole file)")
    axes.set_ylabel(METRIC_LABELS[metric])
    axes.set_title(title)
    axes.grid(True, color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    ours_last = len(others)
    axes.legend(
        handles[ours_last:] + handles[:ours_last], labels[ours_last:] + labels[:ours_last], frameon=False, loc="best"
    )
    return figure


def write_figure(stem: str | Path, figure: "Figure") -> tuple[Path, Path]:
    """Write ``stem``.png and ``stem``.svg, atomically. The same figure gives the same bytes."""
    from matplotlib import rc_context

    stem = Path(stem)
    png, svg = stem.with_name(stem.name + ".png"), stem.with_name(stem.name + ".svg")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    write_bytes_atomic(png, buffer.getvalue())
    buffer = io.BytesIO()
    # Without these, each run would name its clip paths anew and write its date.
    with rc_context({"svg.hashsalt": "compressible", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    write_bytes_atomic(svg, buffer.getvalue())
    return png, svg


def _draw(axes: "Axes", curve: RDCurve, colour: str, marker: str, bold: bool) -> None:
    axes.plot(
        [point.bpp for point in curve.points],
        [point.value for point in curve.points],
        color=colour,
        marker=marker,
        markersize=7 if bold else 4.5,
        linewidth=3 if bold else 1.3,
        zorder=3 if bold else 2,
        label=label(curve.name),
    )


def _scale(axes: "Axes", curves: Sequence[RDCurve], metric: Metric) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(RATES))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    rates = [point.bpp for curve in curves for point in curve.points]
    axes.set_xlim(min(rates) / 1.1, max(rates) * 1.1)
    if metric == "psnr":
        return
    axes.set_yscale("function", functions=(_to_decibels, _from_decibels))
    axes.yaxis.set_major_locator(FixedLocator(SIMILARITIES))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    values = [min(point.value, 0.9995) for curve in curves for point in curve.points]
    low, high = _to_decibels(np.array([min(values), max(values)]))
    margin = 0.04 * (high - low) + 0.05
    axes.set_ylim(*_from_decibels(np.array([low - margin, high + margin])))


def _to_decibels(value: np.ndarray) -> np.ndarray:
    return -10 * np.log10(np.maximum(1 - np.asarray(value), 1e-9))


def _from_decibels(value: np.ndarray) -> np.ndarray:
    return 1 - 10 ** (-np.asarray(value) / 10)
