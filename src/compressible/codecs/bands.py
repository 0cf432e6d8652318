"""Horizontal bands of an image: the pieces in which large pictures are coded, in bounded memory.

A band is coded by itself as one chunk. Its pixels are read with a margin, the model's receptive field, so that away
from rounding its symbols are those the whole image would give.
"""

from collections.abc import Iterator
from dataclasses import dataclass

PIXELS_PER_BAND = 1 << 22
"""Fixed by version 1 of the file format, since the number of chunks follows from it."""


@dataclass(frozen=True)
class Band:
    """Rows of features, in whole symbols.

    Attributes:
        start: first row of features.
        stop: row after the last.
        outer_start: first row with the margin.
        outer_stop: row after the last with the margin.
    """

    start: int
    stop: int
    outer_start: int
    outer_stop: int


def bands(rows: int, columns: int, stride: int, patch: int, halo: int) -> Iterator[Band]:
    """Cut ``rows`` x ``columns`` features into bands of about ``PIXELS_PER_BAND`` pixels.

    Args:
        rows: rows of features, a multiple of ``patch``.
        columns: columns of features.
        stride: pixels between two features.
        patch: rows of features that share a symbol; bands and margins are multiples of it.
        halo: margin in features.
    """
    size = max(1, PIXELS_PER_BAND // (columns * stride * stride) // patch) * patch
    margin = -(-halo // patch) * patch
    for start in range(0, rows, size):
        stop = min(start + size, rows)
        yield Band(start, stop, max(start - margin, 0), min(stop + margin, rows))
