"""Charts of what runs logged: one a quantity, with a line for each run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import escape

from compressible.reports.page.logs import Log
from compressible.reports.page.model import Axis, Chart, Series, Stroke

STEP = Axis("step")
STROKES = (Stroke.PLAIN, Stroke.DASHED, Stroke.DOTTED)


@dataclass(frozen=True)
class Metric:
    """What a panel shows of each run.

    Attributes:
        pattern: of the name under which it is logged.
        label: beside the run's name, none for the only or main one.
    """

    pattern: str
    label: str = ""


@dataclass(frozen=True)
class Panel:
    """A chart of metrics that belong together.

    Attributes:
        title: what it shows.
        axis: of the values.
        metrics: each in a stroke of its own.
        note: what to know beside the title.
    """

    title: str
    axis: Axis
    metrics: tuple[Metric, ...]
    note: str = ""


CHARGED = "Of the hard symbols; dashed: what the loss charges for."

PANELS = (
    Panel("Hardness of the assignment", Axis("sigma", log=True), (Metric("train/sigma"),)),
    Panel("Gap between hard and soft error", Axis("hard - soft squared error"), (Metric("gap/gap"),)),
    Panel(
        "Hard and soft error",
        Axis("squared error", log=True),
        (Metric("gap/hard_mse"), Metric("gap/soft_mse", "soft")),
        "Pixels in 0..1; dashed: soft.",
    ),
    Panel(
        "Entropy of a network's weights",
        Axis("bits per weight"),
        (Metric("train/entropy"), Metric("train/bits_per_weight_soft", "charged")),
        CHARGED,
    ),
    Panel(
        "Entropy of an image model's symbols",
        Axis("bits per pixel"),
        (Metric("train/bpp_estimated"), Metric("train/bpp_soft", "charged")),
        CHARGED,
    ),
    Panel(
        "Entropy of a channel's symbols",
        Axis("bits per symbol"),
        (Metric("codebook_*/hard_entropy_bits/mean"), Metric("codebook_*/soft_entropy_bits/mean", "soft")),
        "Mean over channels; dashed: of the soft assignments.",
    ),
    Panel("Perplexity of codebooks", Axis("2^entropy, mean over channels"), (Metric("codebook_*/perplexity"),)),
    Panel("Symbols in use", Axis("share of the alphabet"), (Metric("codebook_*/usage"),)),
    Panel("Accuracy on held-out data", Axis("share classified rightly"), (Metric("val/accuracy"),)),
    Panel("PSNR on held-out data", Axis("dB"), (Metric("val/psnr"),)),
    Panel("Loss", Axis("training loss", log=True), (Metric("train/loss"),)),
)


def training_charts(logs: Sequence[Log]) -> tuple[Chart, ...]:
    """A chart for each panel of which a run logged something; a run has one colour in all of them."""
    return _charts(PANELS, logs)


def other_charts(logs: Sequence[Log]) -> tuple[Chart, ...]:
    """One for each metric that no panel shows."""
    shown = [metric.pattern for panel in PANELS for metric in panel.metrics]
    names = sorted({name for log in logs for name in log.curves})
    others = [name for name in names if not any(fnmatchcase(name, pattern) for pattern in shown)]
    return _charts([Panel(name, Axis(name), (Metric(escape(name)),)) for name in others], logs)


def _charts(panels: Sequence[Panel], logs: Sequence[Log]) -> tuple[Chart, ...]:
    found = ((panel, tuple(_series(panel, logs))) for panel in panels)
    return tuple(Chart(panel.title, STEP, panel.axis, series, note=panel.note) for panel, series in found if series)


def _series(panel: Panel, logs: Sequence[Log]) -> Iterator[Series]:
    for colour, log in enumerate(logs):
        for metric, stroke in zip(panel.metrics, STROKES, strict=False):
            names = [name for name in log.curves if fnmatchcase(name, metric.pattern)]
            for name in names:
                # Of several codebooks each is named.
                part = name.split("/")[0] if len(names) > 1 else ""
                label = ", ".join(word for word in (log.name, part, metric.label) if word)
                curve = log.curves[name]
                yield Series(label, curve.steps, curve.values, colour, stroke, runs=(log.run,) * len(curve.steps))
