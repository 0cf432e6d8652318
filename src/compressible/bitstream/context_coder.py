"""Context coding: every symbol under probabilities learned from those before it, in integers alone.

    symbols (groups, ..., rows, columns) ──► decisions of each ──► context_kernel ──► bytes

Groups come one after another, each from its first row to its last: a symbol knows the rows above it and all of the
groups before its own. Nothing is trained and nothing need be sent; known frequencies give a better start.
"""

from math import prod

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.context_kernel import code_symbols
from compressible.bitstream.context_model import fresh_model
from compressible.bitstream.context_tables import TABLES
from compressible.bitstream.decision_tree import Trees
from compressible.bitstream.errors import BitstreamError

MAX_SYMBOLS = 2**30
_SYMBOLS_A_BIT = 2**12
"""More than fit one: the least that a decision costs is 22 / 65536 in probability, 1 / 2064 of a bit."""


def encode(symbols: NDArray[np.integer], trees: Trees) -> bytes:
    """Payload of ``symbols`` (groups, ...), whose last two axes, if there are three or more, are rows and columns.

    Raises:
        ValueError: a symbol is outside its group's alphabet, or shapes or types do not fit.
    """
    groups = len(trees.sizes)
    if symbols.ndim < 1 or symbols.dtype.kind not in "iu" or len(symbols) != groups:
        raise ValueError(f"symbols must be integers ({groups}, ...), got {symbols.dtype} of shape {symbols.shape}")
    if symbols.size > MAX_SYMBOLS:
        raise ValueError(f"at most {MAX_SYMBOLS} symbols fit one payload, got {symbols.size}")
    grid = np.array(symbols, dtype=np.int64, order="C").reshape(_layout(symbols.shape))
    if bool(((grid < 0) | (grid >= trees.sizes[:, None, None, None])).any()):
        raise ValueError("symbols must lie in 0..L-1 of their group")
    room = np.zeros(symbols.size // 4 + 1024, np.uint8)
    settled, rest, data = _code(grid, room, False, trees)
    return data[:settled].tobytes() + rest


def decode(data: bytes, shape: tuple[int, ...], trees: Trees) -> NDArray[np.int64]:
    """Inverse of ``encode``: int64 of ``shape``. Accepts exactly what ``encode`` writes.

    Raises:
        BitstreamError: the bytes are not the payload of symbols of this shape.
    """
    if len(shape) < 1 or shape[0] != len(trees.sizes) or min(shape) < 0 or prod(shape) > MAX_SYMBOLS:
        raise BitstreamError(f"no payload holds symbols of shape {shape} in {len(trees.sizes)} groups")
    # Before memory is taken for them.
    if prod(shape[1:]) * int((trees.sizes > 1).sum()) > _SYMBOLS_A_BIT * (8 * len(data) + 64):
        raise BitstreamError(f"the payload is truncated: {len(data)} bytes cannot hold symbols of shape {shape}")
    grid = np.zeros(_layout(shape), np.int64)
    settled, rest, _ = _code(grid, np.frombuffer(data, np.uint8).copy(), True, trees)
    # The decoder read zeros beyond the end, and follows whatever it reads; where it stands says how the data must end.
    if data[:settled].ljust(settled, b"\0") + rest != data:
        raise BitstreamError("the payload is damaged, or was written with other tables or for another size")
    return grid.reshape(shape)


def _code(
    grid: NDArray[np.int64], data: NDArray[np.uint8], decoding: bool, trees: Trees
) -> tuple[int, bytes, NDArray[np.uint8]]:
    """How many bytes are settled when all is coded, those that must follow, and ``data`` with the former."""
    model = fresh_model(trees.codes.shape[1], grid[0].size if len(grid) else 0)
    settled, low, high, data = code_symbols(grid, data, decoding, model, trees, TABLES)
    return int(settled), _ending(int(low), int(high)), data


def _layout(shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Groups, planes, rows and columns of symbols of ``shape``; without rows they are one line."""
    groups, *rest = shape
    if len(rest) < 2:
        return groups, 1, 1, prod(rest)
    return groups, prod(rest[:-2]), rest[-2], rest[-1]


def _ending(low: int, high: int) -> bytes:
    """The fewest bytes that, followed by zeros, lie in low..high."""
    for count in range(4):
        kept = high >> (32 - 8 * count)
        if kept << (32 - 8 * count) >= low:
            return kept.to_bytes(count, "big")
    return high.to_bytes(4, "big")
