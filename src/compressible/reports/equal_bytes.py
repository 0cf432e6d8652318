"""A piece of a picture beside what two codecs make of it at equal bytes."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressible.codecs import Codec

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Coded:
    """A picture as one codec leaves it.

    Attributes:
        codec: name of the codec and its setting.
        size: bytes of the file.
        pixels: decoded picture, (h, w, 3) uint8.
    """

    codec: str
    size: int
    pixels: np.ndarray


def code(codec: Codec, image: np.ndarray) -> Coded:
    """Encode and decode."""
    data = codec.encode(image)
    return Coded(codec.name, len(data), codec.decode(data))


def closest(codecs: Sequence[Codec], image: np.ndarray, size: int) -> Coded:
    """The setting whose file is largest without exceeding ``size`` bytes, or else the smallest there is."""
    sized = sorted(((len(codec.encode(image)), i) for i, codec in enumerate(codecs)))
    fitting = [i for length, i in sized if length <= size]
    return code(codecs[fitting[-1] if fitting else sized[0][1]], image)


def largest_within(ladder: Sequence[Codec], image: np.ndarray, size: int) -> Coded:
    """Like ``closest``, of settings in the order of their files' sizes, few of which are tried."""
    above = bisect_right(range(len(ladder)), size, key=lambda rung: len(ladder[rung].encode(image)))
    return code(ladder[max(above - 1, 0)], image)


def crop_figure(
    image: np.ndarray, rivals: Sequence[Coded], box: tuple[int, int, int, int], title: str, rows: int = 1
) -> "Figure":
    """Original and decoded pieces side by side, each with its bytes.

    Args:
        image: original, (h, w, 3) uint8.
        rivals: decoded pictures.
        box: top, left, height and width of the piece.
        title: printed above.
        rows: of panels; all have as many.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    top, left, height, width = box
    panels = [("original", image), *((f"{rival.codec}, {rival.size:,} bytes", rival.pixels) for rival in rivals)]
    columns = -(-len(panels) // rows)
    figure = Figure(figsize=(3.4 * columns, rows * (3.4 * height / width + 0.3) + 0.3), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (name, pixels) in zip(figure.subplots(rows, columns).flat, panels, strict=True):
        axes.imshow(pixels[top : top + height, left : left + width], interpolation="nearest")
        axes.set_title(name, fontsize=10)
        axes.axis("off")
    figure.suptitle(title, fontsize=11)
    return figure
