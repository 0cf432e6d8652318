"""Canonical Huffman codes of at most 24 bits.

    counts ──► code lengths (optimal within 24 bits) ──► canonical codes ──► bits, the first of a byte the highest

Codes of equal length are consecutive numbers in the order of their symbols, and longer ones come after all shorter
ones; so the lengths alone say what the codes are. Written as fractions 0.b1b2b3... they cut 0..1 into intervals, one a
symbol, and to decode is to find the interval that the next 24 bits lie in.

Huffman 1952; Larmore and Hirschberg 1990, "A fast algorithm for optimal length-limited Huffman codes" (package-merge).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.errors import BitstreamError

LONGEST = 24
MAX_SYMBOLS = 2**31

_ENCODE_BLOCK = 2**18
"""Symbols whose bits are made at a time."""
_DECODE_BLOCK = 2**17
"""Bytes that are looked at in one piece."""


def code_lengths(counts: NDArray[np.integer], longest: int = LONGEST) -> NDArray[np.int64]:
    """Lengths (L,) of the code with the fewest bits among all whose codes have at most ``longest`` bits.

    Every symbol gets a code, also one that never occurs. A single symbol gets one of length 0.

    Package-merge: lists of things, each a symbol or a package of two things from the list before; the first has symbols
    alone. The cheapest 2 L - 2 things of the last list are bought, and a symbol is as long as it is bought often.

    Raises:
        ValueError: counts are negative, none, or more than ``2**longest``.
    """
    size = len(counts)
    if not 1 <= size <= 2**longest or (counts < 0).any():
        raise ValueError(f"a code of {longest} bits takes 1..{2**longest} counts that are not negative, got {size}")
    order = np.argsort(counts, kind="stable")
    leaves = counts[order].astype(np.int64)
    is_leaf = [np.ones(size, dtype=bool)]
    things = leaves
    for _ in range(longest - 1):
        paired = things[: len(things) // 2 * 2]
        merged = np.concatenate([leaves, paired[0::2] + paired[1::2]])
        ascending = np.argsort(merged, kind="stable")
        things = merged[ascending]
        is_leaf.append(ascending < size)
    lengths = np.zeros(size, dtype=np.int64)
    bought = 2 * size - 2
    for level in reversed(is_leaf):
        taken = int(level[:bought].sum())
        lengths[order[:taken]] += 1
        bought = 2 * (bought - taken)
    return lengths


@dataclass(frozen=True)
class _Code:
    """Attributes in the order of the codes, shortest first.

    Attributes:
        symbols: (L,).
        lengths: (L,), in bits.
        starts: (L,), where the interval of a code begins, in units of 2^-24.
    """

    symbols: NDArray[np.int64]
    lengths: NDArray[np.int64]
    starts: NDArray[np.int64]


def check_lengths(lengths: NDArray[np.integer]) -> None:
    """Raise ``ValueError`` if these are not the lengths of a complete code: one that every sequence of bits fits."""
    if lengths.shape == (1,) and lengths[0] == 0:
        return
    possible = lengths.ndim == 1 and len(lengths) and lengths.min() >= 1 and lengths.max() <= LONGEST
    if not possible or (1 << (LONGEST - lengths.astype(np.int64))).sum() != 1 << LONGEST:
        raise ValueError(f"code lengths must lie in 1..{LONGEST} and make a complete code")


def encode(symbols: NDArray[np.integer], lengths: NDArray[np.integer]) -> bytes:
    """The codes of ``symbols`` (n,), filled up with zeros to whole bytes.

    Raises:
        ValueError: a symbol is outside 0..L-1, or the lengths are of no code.
    """
    code = _canonical(lengths)
    if symbols.size and (symbols.min() < 0 or symbols.max() >= len(lengths)):
        raise ValueError("symbols must lie in 0..L-1")
    codes = np.empty(len(lengths), dtype=np.int64)
    codes[code.symbols] = code.starts >> (LONGEST - code.lengths)
    blocks = (symbols[first : first + _ENCODE_BLOCK] for first in range(0, len(symbols), _ENCODE_BLOCK))
    bits = [_bits(codes[block], lengths[block]) for block in blocks]
    return np.packbits(np.concatenate(bits)).tobytes() if bits else b""


def decode(data: bytes, lengths: NDArray[np.integer], n: int) -> NDArray[np.int64]:
    """Inverse of ``encode``: n symbols. Accepts exactly what ``encode`` writes.

    Raises:
        BitstreamError: the bytes are not the codes of ``n`` symbols.
    """
    code = _canonical(lengths)
    if not 0 <= n <= MAX_SYMBOLS or n * int(code.lengths[0]) > 8 * len(data):
        raise BitstreamError(f"the payload is truncated: {len(data)} bytes cannot hold {n} symbols")
    if len(lengths) == 1:
        if data:
            raise BitstreamError("the payload is damaged: a single symbol needs no bits")
        return np.zeros(n, dtype=np.int64)
    found = []
    position, missing = 0, n
    padded = np.frombuffer(data + bytes(3), dtype=np.uint8)
    for first in range(0, len(data), _DECODE_BLOCK):
        size = min(_DECODE_BLOCK, len(data) - first)
        # What code begins at each bit, be it the first bit of one or not.
        ranks = np.searchsorted(code.starts, _windows(padded[first : first + size + 3]), side="right") - 1
        visited = _walk(position - 8 * first, code.lengths[ranks].tolist(), missing)
        if visited:
            last = visited[-1]
            position = 8 * first + last + int(code.lengths[ranks[last]])
            found.append(code.symbols[ranks[visited]])
            missing -= len(visited)
    if missing or (position + 7) // 8 != len(data) or (data and data[-1] & ((1 << (8 * len(data) - position)) - 1)):
        raise BitstreamError("the payload is damaged, or was written with other tables or for another size")
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def _canonical(lengths: NDArray[np.integer]) -> _Code:
    check_lengths(lengths)
    symbols = np.argsort(lengths, kind="stable")
    in_order = lengths[symbols].astype(np.int64)
    widths = 1 << (LONGEST - in_order)
    return _Code(symbols, in_order, np.cumsum(widths) - widths)


def _bits(codes: NDArray[np.int64], lengths: NDArray[np.integer]) -> NDArray[np.uint8]:
    """The bits of all codes, one an entry."""
    ends = np.cumsum(lengths)
    to_the_right = np.repeat(ends, lengths) - 1 - np.arange(ends[-1])
    return (np.repeat(codes, lengths) >> to_the_right & 1).astype(np.uint8)


def _windows(data: NDArray[np.uint8]) -> NDArray[np.integer]:
    """The 24 bits from each bit on, of all bytes but the last three."""
    wide = data.astype(np.uint32)
    words = wide[:-3] << 24 | wide[1:-2] << 16 | wide[2:-1] << 8 | wide[3:]
    return (words[:, None] << np.arange(8, dtype=np.uint32) >> np.uint32(32 - LONGEST)).ravel()


def _walk(position: int, steps: list[int], most: int) -> list[int]:
    """Where codes begin: ``position``, as far again as the step there says, and so on; ``most`` of them at most."""
    visited: list[int] = []
    end = len(steps)
    while position < end and len(visited) < most:
        visited.append(position)
        position += steps[position]
    return visited
