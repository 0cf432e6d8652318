"""How much each channel's symbols say: entropies of the symbols and of their soft assignments."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from compressible.reports.codebook_records import ChannelEntropies

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def codebook_figure(bottlenecks: Sequence[ChannelEntropies]) -> "Figure":
    """A panel for each bottleneck, a bar for each channel. Raises ``ValueError`` if there is no bottleneck."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not bottlenecks:
        raise ValueError("a figure needs at least one bottleneck")
    figure = Figure(figsize=(7.5, 1 + 2.5 * len(bottlenecks)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(bottlenecks), 1, squeeze=False)[:, 0]
    for axes, entropies in zip(panels, bottlenecks, strict=True):
        channels = range(len(entropies.hard))
        axes.bar(channels, entropies.hard, color="#0072B2", label="of the symbols")
        if entropies.soft is not None:
            axes.plot(channels, entropies.soft, "o", color="#D55E00", markersize=3, label="of the soft assignments")
        axes.set_title(f"bottleneck {entropies.bottleneck}", fontsize="medium")
        axes.set_xlabel("channel")
        axes.set_ylabel("entropy, bits per symbol")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    return figure
