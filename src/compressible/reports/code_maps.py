"""Where in the image codes tell how much, and what codebooks tell twice: entropy maps and mutual information.

    a run's file of codes ──► results/dqae_codes.json ──► figure

Figure 3 of Fostiropoulos & Boehm 2022, "Depthwise Quantization".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.code_file import CodeFile, Codes
from compressible.reports.autoencoding import AutoencodingResult, Matrix
from compressible.reports.schema import load
from compressible.run_files import EVALUATION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class CodeMaps:
    """The codes of one level of one run.

    Attributes:
        run: its name.
        level: number of the level, 0 for the coarsest.
        alphabet: number of codes of each codebook.
        entropy: of each codebook at each place over all images (plug-in), bits: (codebooks, rows, columns).
        shared: mutual information of codebooks, corrected for chance, bits; the diagonal are entropies.
    """

    run: str
    level: int
    alphabet: tuple[int, ...]
    entropy: tuple[Matrix, ...]
    shared: Matrix


def read_code_maps(name: str, folder: Path) -> tuple[CodeMaps, ...]:
    """Of all levels of a finished run.

    Raises:
        SchemaError: the evaluation is not readable.
        BitstreamError: the file of codes is damaged.
    """
    result = load(folder / EVALUATION, AutoencodingResult)
    file = CodeFile.from_bytes((folder / f"{name}.codes").read_bytes())
    return tuple(
        CodeMaps(name, i, codes.alphabet, _entropy_maps(codes), measured.corrected)
        for i, (codes, measured) in enumerate(zip(file.levels, result.levels, strict=True))
    )


def on_a_grid(symbols: NDArray[np.integer]) -> NDArray[np.integer]:
    """Symbols (groups, images, rows, columns) of a file, where older ones have one axis for all places of a square."""
    if symbols.ndim == 4:
        return symbols
    side = isqrt(symbols.shape[2])
    return symbols.reshape(*symbols.shape[:2], side, side)


def entropy_map(symbols: NDArray[np.integer], size: int) -> NDArray[np.float64]:
    """Plug-in entropy over images at each place, bits (rows, columns), of symbols (images, rows, columns)."""
    images, rows, columns = symbols.shape
    places = np.arange(rows * columns)
    cells = symbols.reshape(images, -1) + size * places
    p = np.bincount(cells.ravel(), minlength=size * len(places)).reshape(-1, size) / images
    return -(p * np.log2(p, where=p > 0, out=np.zeros_like(p))).sum(1).reshape(rows, columns)


def code_maps_figure(runs: Sequence[CodeMaps]) -> "Figure":
    """A row a run: a map for each codebook, on one scale up to what its codes could have, and the matrix of MI."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = max(len(run.entropy) for run in runs) + 1
    figure = Figure(figsize=(1.9 * columns + 0.8, 2.1 * len(runs)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(runs), columns, squeeze=False)
    for axes, run in zip(panels, runs, strict=True):
        for panel in axes:
            panel.set_axis_off()
        highest = float(np.log2(max(run.alphabet)))
        drawn = [_draw(axes[i], entropy, f"codebook {i + 1}", highest) for i, entropy in enumerate(run.entropy)]
        figure.colorbar(drawn[-1], ax=axes[: len(run.entropy)].tolist(), label="bits a code", shrink=0.8)
        axes[0].text(-0.12, 0.5, _label(run, runs), rotation=90, va="center", ha="center", transform=axes[0].transAxes)
        if len(run.entropy) > 1:
            shared = _draw(axes[-1], run.shared, "shared, bits", None)
            figure.colorbar(shared, ax=axes[-1], shrink=0.8)
    return figure


def _label(run: CodeMaps, runs: Sequence[CodeMaps]) -> str:
    levels = sum(other.run == run.run for other in runs)
    return run.run if levels == 1 else f"{run.run}, level {run.level}"


def _entropy_maps(codes: Codes) -> tuple[Matrix, ...]:
    rows = zip(on_a_grid(codes.symbols), codes.alphabet, strict=True)
    return tuple(_matrix(entropy_map(row, size)) for row, size in rows)


def _draw(axes: "Axes", values: Matrix, title: str, highest: float | None):
    axes.set_title(title, fontsize="small")
    return axes.imshow(np.array(values), vmin=0, vmax=highest, cmap="viridis", interpolation="nearest")


def _matrix(values: NDArray[np.float64]) -> Matrix:
    return tuple(tuple(row) for row in values.tolist())
