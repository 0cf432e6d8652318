"""How the indices of a network's weights develop: their entropy over the steps, their histograms at a few moments.

The figure of Agustsson et al. 2017, appendix A.8.
"""

from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from compressible.reports.index_records import HISTOGRAMS, SWITCH, IndexRecord, SwitchRecord, VectorHistogram
from compressible.reports.logged_values import logged_values
from compressible.reports.schema import load

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCHEMA = "compressible-entropy-1"
POINTS = 300
"""No more points than a figure can show."""


@dataclass(frozen=True)
class EntropyRecord:
    """The entropy that a run of weight compression logged, and what else it left of its indices.

    Attributes:
        schema: name and version of the JSON layout.
        run: name of the run; its training record says how it was made.
        step: training step.
        entropy: H(p) of the hard symbols then, in bits per weight.
        switch: when weights became hard, or None if they never did.
        moments: histograms, in the order of their steps.
    """

    schema: str
    run: str
    step: tuple[int, ...]
    entropy: tuple[float, ...]
    switch: SwitchRecord | None
    moments: tuple[IndexRecord, ...]


def read_entropy(run: str, folder: Path) -> EntropyRecord:
    """What a run's folder holds, of many steps at most ``POINTS``.

    Raises:
        ValueError: if it logs no entropy or has no histograms.
    """
    entropies = logged_values(folder).get("train/entropy", {})
    files = sorted((folder / HISTOGRAMS).glob("step_*.json"))
    if not (entropies and files):
        raise ValueError(f"{folder} has no entropies and histograms; train with callbacks=weight_compression")
    step = _thinned(tuple(entropies))
    switch = load(folder / SWITCH, SwitchRecord) if (folder / SWITCH).exists() else None
    moments = tuple(load(file, IndexRecord) for file in files)
    return EntropyRecord(SCHEMA, run, step, tuple(entropies[key] for key in step), switch, moments)


def entropy_figure(record: EntropyRecord) -> "Figure":
    """Entropy over the steps above, and how soft weights still were when they became hard; below a histogram a moment.

    Each codebook has indices of its own, which do not add up; the histograms are of the one with most weights.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 6), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subfigures(2, 1, squeeze=False)[:, 0]
    _draw_entropy(above.add_subplot(), record)
    sizes = [sum(vector.counts) for vector in record.moments[0].vectors]
    largest = sizes.index(max(sizes))
    panels = below.subplots(1, len(record.moments), squeeze=False)[0]
    for axes, moment in zip(panels, record.moments, strict=True):
        _draw_histogram(axes, moment.vectors[largest])
        axes.set_title(f"after {moment.step:,} steps", fontsize="medium")
    panels[0].set_ylabel("weights")
    whole = f"all {sum(sizes):,} weights"
    part = f"the largest of {len(sizes)} codebooks, {max(sizes):,} of {sum(sizes):,} weights"
    below.suptitle(whole if len(sizes) == 1 else part)
    return figure


def _thinned(steps: tuple[int, ...]) -> tuple[int, ...]:
    """Every so many of them, the last one among them."""
    stride = ceil(len(steps) / POINTS)
    return steps[(len(steps) - 1) % stride :: stride]


def _draw_entropy(axes: "Axes", record: EntropyRecord) -> None:
    axes.plot(record.step, record.entropy, color="#0072B2")
    moments = [moment.step for moment in record.moments], [moment.entropy for moment in record.moments]
    axes.plot(*moments, "o", color="#0072B2", label="histograms below")
    if record.switch is not None:
        left = f"mean max phi {record.switch.mean_max_phi:.3f}, gap {record.switch.gap:.2%}"
        axes.axvline(record.switch.step, color="#D55E00", linestyle="--", label=f"hard from here: {left}")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("step")
    axes.set_ylabel("entropy, bits per weight")
    axes.legend(frameon=False)
    axes.grid(True, color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_histogram(axes: "Axes", vector: VectorHistogram) -> None:
    axes.bar(range(len(vector.counts)), vector.counts, width=1.0, color="#009E73")
    axes.set_xlabel("index, by value of center")
    axes.spines[["top", "right"]].set_visible(False)
