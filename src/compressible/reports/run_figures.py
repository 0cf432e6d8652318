"""Whatever can be drawn of a run's folder, at any moment of the run."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from compressible.reports.annealing_plot import annealing_figure, gap_steps, read_metrics
from compressible.reports.codebook_plot import codebook_figure
from compressible.reports.codebook_records import CODEBOOKS, ChannelEntropies
from compressible.reports.index_plot import entropy_figure, read_entropy
from compressible.reports.index_records import HISTOGRAMS
from compressible.reports.logged_values import logged_values
from compressible.reports.schema import load

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def run_figures(folder: Path) -> "Iterator[tuple[str, Figure]]":
    """Figures by name: ``annealing``, ``indices`` of a network's weights, ``codebooks`` of an image model.

    Raises:
        SchemaError: if a record cannot be read.
    """
    logged = logged_values(folder)
    if gap_steps(logged):
        yield "annealing", annealing_figure(read_metrics(folder.name, folder))
    if "train/entropy" in logged and any((folder / HISTOGRAMS).glob("step_*.json")):
        yield "indices", entropy_figure(read_entropy(folder.name, folder))
    if files := sorted((folder / CODEBOOKS).glob("step_*.json")):
        yield "codebooks", codebook_figure(load(files[-1], tuple[ChannelEntropies, ...]))
