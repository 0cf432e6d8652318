"""LTC's figure 1: vectors against scalars, and the effect of the soft cross-entropy; ours, published and classical.

Gregorová, Desaules & Kalousis 2021, section 4. Both panels have bits a pixel against the squared error.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from compressible.metrics.curves import RDCurve
from compressible.reports.comparison import label
from compressible.reports.ltc_points import VECTORS, Point
from compressible.reports.ltc_published import PUBLISHED
from compressible.reports.rd_plot import COLOURS, OUR_COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE_COLOURS = (OUR_COLOURS[0], *COLOURS)
DASHES = ("-", "--", "-.", ":")
"""Of the classical codecs."""


@dataclass(frozen=True)
class Line:
    """Points that are joined.

    Attributes:
        label: of the line.
        ours: maybe none.
        published: maybe none.
    """

    label: str
    ours: tuple[Point, ...]
    published: tuple[Point, ...]


def ltc_figure(ours: Sequence[Point], classical: Sequence[RDCurve]) -> "Figure":
    """Left all forms without the soft cross-entropy, a line a form; right the vectors, a line a number of symbols.

    Filled markers are ours, of coded bytes; hollow ones are published, estimated. Grey are classical codecs.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6.5), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    _panel(left, by_form(ours), classical, "Vectors and scalars, alpha = 0")
    _panel(right, by_codebook(ours), classical, f"Effect of alpha, {VECTORS.label}")
    shown = [p for line in (*by_form(ours), *by_codebook(ours)) for p in (*line.ours, *line.published)]
    left.set_xlim(0, 1.05 * max(p.bpp for p in shown))
    left.set_ylim(0, 1050 * max(p.squared_error for p in shown))
    left.set_ylabel("squared error x 1000")
    return figure


def by_form(ours: Sequence[Point]) -> list[Line]:
    """A line for each form, without the soft cross-entropy."""
    hard = [[p for p in points if p.alpha == 0] for points in (ours, PUBLISHED)]
    return [
        Line(form.label, *(tuple(p for p in points if p.form == form) for points in hard))
        for form in sorted({p.form for points in hard for p in points}, key=lambda form: form.order)
    ]


def by_codebook(ours: Sequence[Point]) -> list[Line]:
    """A line for each number of vectors that somebody has with several alphas."""
    vectors = [[p for p in points if p.form == VECTORS] for points in (ours, PUBLISHED)]
    sizes = sorted({p.centers for points in vectors for p in points if p.alpha > 0})
    return [
        Line(f"k = {size}", *(tuple(p for p in points if p.centers == size) for points in vectors)) for size in sizes
    ]


def _panel(axes: "Axes", lines: Sequence[Line], classical: Sequence[RDCurve], title: str) -> None:
    for line, colour in zip(lines, cycle(LINE_COLOURS)):
        _draw(axes, line.published, colour, f"{line.label}, published", published=True)
        _draw(axes, line.ours, colour, line.label, published=False)
    for curve, dashes in zip(classical, DASHES, strict=False):
        errors = [1000 * 10 ** (-point.value / 10) for point in curve.points]
        rates = [point.bpp for point in curve.points]
        axes.plot(rates, errors, color="#888888", linestyle=dashes, linewidth=1, zorder=1, label=label(curve.name))
    axes.set_title(title)
    axes.set_xlabel("bits per pixel (coded; published: estimated)")
    axes.grid(True, color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small", ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.12))


def _draw(axes: "Axes", points: Sequence[Point], colour: str, name: str, *, published: bool) -> None:
    if not points:
        return
    ordered = sorted(points, key=lambda p: p.bpp)
    axes.plot(
        [p.bpp for p in ordered],
        [1000 * p.squared_error for p in ordered],
        color=colour,
        marker="o",
        markerfacecolor="white" if published else colour,
        linestyle=":" if published else "-",
        linewidth=1.2 if published else 2.2,
        zorder=2 if published else 3,
        label=name,
    )
