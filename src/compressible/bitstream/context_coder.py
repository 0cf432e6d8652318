"""Context coding: every symbol under probabilities learned from those before it, in integers alone.

    symbols (groups, places), places in planes ──► decisions of each ──► context_kernel ──► bytes

Groups come one after another, each from its first plane to its last, a plane from its first row to its last: a symbol
knows those before it in its row, the rows above it, and its own place in all groups before. Nothing is trained and
nothing need be sent; known frequencies give a better start.
"""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.context_kernel import BINS, INPUTS, LOCAL, SHARED, code_symbols
from compressible.bitstream.context_tables import TABLES
from compressible.bitstream.decision_tree import Trees
from compressible.bitstream.errors import BitstreamError

MAX_SYMBOLS = 2**30
_SYMBOLS_A_BIT = 2**12
"""More than fit one: the least that a decision costs is 22 / 65536 in probability, 1 / 2064 of a bit."""
_FEWEST_SLOTS, _MOST_SLOTS = 1 << 8, 1 << 18


class Planes(NamedTuple):
    """Planes of the same sides, one after another."""

    number: int
    rows: int
    columns: int


def planes_of(shape: tuple[int, ...]) -> Planes:
    """The planes of places in this shape, whose last two axes are rows and columns; all are one row if it has fewer."""
    return Planes(1, 1, prod(shape)) if len(shape) < 2 else Planes(prod(shape[:-2]), shape[-2], shape[-1])


def encode(symbols: NDArray[np.integer], trees: Trees) -> bytes:
    """Payload of ``symbols`` (groups, ...), whose last two axes, if there are three or more, are rows and columns.

    Raises:
        ValueError: a symbol is outside its group's alphabet, or shapes or types do not fit.
    """
    if symbols.ndim < 1:
        raise ValueError("symbols must have groups")
    return encode_planes(symbols.reshape(len(symbols), prod(symbols.shape[1:])), [planes_of(symbols.shape[1:])], trees)


def decode(data: bytes, shape: tuple[int, ...], trees: Trees) -> NDArray[np.int64]:
    """Inverse of ``encode``: int64 of ``shape``. Accepts exactly what ``encode`` writes.

    Raises:
        BitstreamError: the bytes are not the payload of symbols of this shape.
    """
    if len(shape) < 1 or shape[0] != len(trees.sizes):
        raise BitstreamError(f"no payload holds symbols of shape {shape} in {len(trees.sizes)} groups")
    return decode_planes(data, [planes_of(shape[1:])], trees).reshape(shape)


def encode_planes(symbols: NDArray[np.integer], planes: Sequence[Planes], trees: Trees) -> bytes:
    """Payload of ``symbols`` (groups, places), where each group has all the planes.

    Raises:
        ValueError: as ``encode``.
    """
    shape = len(trees.sizes), sum(map(prod, planes))
    if symbols.dtype.kind not in "iu" or symbols.shape != shape:
        raise ValueError(f"symbols must be integers {shape}, got {symbols.dtype} of shape {symbols.shape}")
    if symbols.size > MAX_SYMBOLS:
        raise ValueError(f"at most {MAX_SYMBOLS} symbols fit one payload, got {symbols.size}")
    own = np.array(symbols, dtype=np.int64, order="C")
    if bool(((own < 0) | (own >= trees.sizes[:, None])).any()):
        raise ValueError("symbols must lie in 0..L-1 of their group")
    room = np.zeros(symbols.size // 4 + 1024, np.uint8)
    settled, rest, data = _code(own, planes, room, False, trees)
    return data[:settled].tobytes() + rest


def decode_planes(data: bytes, planes: Sequence[Planes], trees: Trees) -> NDArray[np.int64]:
    """Inverse of ``encode_planes``: int64 (groups, places).

    Raises:
        BitstreamError: as ``decode``.
    """
    groups, places = len(trees.sizes), sum(map(prod, planes))
    if min(map(min, planes), default=0) < 0 or groups * places > MAX_SYMBOLS:
        raise BitstreamError(f"no payload holds {groups} x {places} symbols")
    # Before memory is taken for them.
    if places * int((trees.sizes > 1).sum()) > _SYMBOLS_A_BIT * (8 * len(data) + 64):
        raise BitstreamError(f"the payload is truncated: {len(data)} bytes cannot hold {groups} x {places} symbols")
    symbols = np.zeros((groups, places), np.int64)
    settled, rest, _ = _code(symbols, planes, np.frombuffer(data, np.uint8).copy(), True, trees)
    # The decoder read zeros beyond the end, and follows whatever it reads; where it stands says how the data must end.
    if data[:settled].ljust(settled, b"\0") + rest != data:
        raise BitstreamError("the payload is damaged, or was written with other tables or for another size")
    return symbols


def _code(
    symbols: NDArray[np.int64], planes: Sequence[Planes], data: NDArray[np.uint8], decoding: bool, trees: Trees
) -> tuple[int, bytes, NDArray[np.uint8]]:
    """How many bytes are settled when all is coded, those that must follow, and ``data`` with the former.

    Decoding stops as soon as it has settled more bytes than there are.
    """
    filled = np.array([each for each in planes if prod(each)], dtype=np.int64).reshape(-1, 3)
    counters = _counters(trees.codes.shape[1], symbols.shape[1])
    settled, low, high, data = code_symbols(symbols, filled, data, decoding, counters, trees, TABLES)
    return int(settled), _ending(int(low), int(high)), data


def _counters(width: int, per_group: int) -> NDArray[np.int32]:
    """Of contexts that were never met, for alphabets of at most ``width`` and so many symbols a group.

    There are no more than the symbols can fill: they are cleared for every group.
    """
    wanted = min(16 * per_group, (BINS + 1) ** 2 * width, _MOST_SLOTS)
    slots = max(_FEWEST_SLOTS, 1 << (wanted - 1).bit_length() if wanted else 0)
    return np.zeros(LOCAL * slots + (INPUTS - 1 - LOCAL) * SHARED, np.int32)


def _ending(low: int, high: int) -> bytes:
    """The fewest bytes that, followed by zeros, lie in low..high."""
    for count in range(4):
        kept = high >> (32 - 8 * count)
        if kept << (32 - 8 * count) >= low:
            return kept.to_bytes(count, "big")
    return high.to_bytes(4, "big")
