"""DQ's figure 5: the decoder's bits over the number of codes, a line for each arm and dimension.

Fostiropoulos & Boehm 2022, section 5.3.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from compressible.reports.autoencoding_table import LABELS
from compressible.reports.rd_plot import COLOURS, MARKERS
from compressible.reports.reproduction.comparison import Measured
from compressible.reports.reproduction.depthwise_runs import OURS, Size

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def size_figure(bits: Mapping[Size, Measured]) -> "Figure":
    """Means over runs, with their standard deviations where there are three or more."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    lines = sorted({(size.arm, size.dimension) for size in bits}, key=lambda line: (line[0] != OURS, line))
    for i, (arm, dimension) in enumerate(lines):
        own = sorted(size for size in bits if (size.arm, size.dimension) == (arm, dimension))
        axes.errorbar(
            [size.codes for size in own],
            [bits[size].mean for size in own],
            yerr=[bits[size].spread or 0.0 for size in own],
            color=COLOURS[i % len(COLOURS)],
            marker=MARKERS[i % len(MARKERS)],
            linestyle="-" if arm == OURS else ":",
            label=f"{LABELS.get(arm, arm)}, D = {dimension}",
        )
    axes.set_xscale("log", base=2)
    axes.set_xlabel("K, codes of a codebook")
    axes.set_ylabel("decoder, bits per dimension")
    axes.grid(True, color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return figure
