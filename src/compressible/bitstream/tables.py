"""Integer frequency tables: what decoding rests on instead of floating-point probabilities.

A 1-ULP change in a probability loses a whole stream, so a model rounds its probabilities once, keeps the integers, and
coder, price and file know nothing else. Frequency f of a symbol stands for the probability f / 2**20.

Tables are int64 ``(groups, L)``. Groups may have different alphabets: a row holds its symbols first and zeros after.
"""

import heapq

import numpy as np
from numpy.typing import NDArray

PRECISION = 20
TOTAL = 2**PRECISION


def frequency_tables(pmf: NDArray[np.floating], alphabet: tuple[int, ...] | None = None) -> NDArray[np.int64]:
    """The tables that cost the fewest bits among all whose rows sum to 2**20 with every symbol at least 1.

    Args:
        pmf: (groups, L), non-negative; rows need not sum to one. What lies past a row's alphabet is ignored.
        alphabet: number of symbols of each group; L for all if omitted.

    Returns:
        int64 (groups, L). The same probabilities give the same table; of equally good ones that which gives more to
        lower symbols.

    Raises:
        ValueError: a row has a negative, infinite or NaN entry or no weight, or an alphabet is outside 1..L.
    """
    if pmf.ndim != 2:
        raise ValueError(f"probabilities must be (groups, L), got shape {pmf.shape}")
    groups, width = pmf.shape
    sizes = (width,) * groups if alphabet is None else alphabet
    if len(sizes) != groups or any(not 1 <= size <= width for size in sizes):
        raise ValueError(f"alphabet must name 1..{width} symbols for each of {groups} groups, got {sizes}")
    tables = np.zeros((groups, width), dtype=np.int64)
    for row, weights, size in zip(tables, pmf, sizes, strict=True):
        row[:size] = apportion(weights[:size], TOTAL)
    return tables


def apportion(weights: NDArray[np.floating], total: int) -> NDArray[np.int64]:
    """Integers f >= 1 that sum to ``total`` and minimise ``-sum(weights * log2(f / total))``, exactly.

    Raising f by one saves ``p * log(1 + 1/f)``, less each time, so giving every unit to whoever saves most is optimal.
    No optimal f lies below ``floor(p * (total - L))``, so the giving starts there and takes at most 2 L steps.
    """
    size = len(weights)
    if size > total:
        raise ValueError(f"{size} symbols do not fit a table with total {total}")
    p = weights.astype(np.float64)
    mass = p.sum()
    if not (np.all(p >= 0) and 0 < mass < np.inf):
        raise ValueError("probabilities must be finite and non-negative, with a positive sum")
    p /= mass
    frequencies = np.maximum(1, np.floor(p * (total - size)).astype(np.int64))
    queue = [(-saving, i) for i, saving in enumerate((p * np.log1p(1 / frequencies)).tolist())]
    heapq.heapify(queue)
    for _ in range(total - int(frequencies.sum())):
        i = queue[0][1]
        frequencies[i] += 1
        heapq.heapreplace(queue, (-float(p[i] * np.log1p(1 / frequencies[i])), i))
    return frequencies


def alphabet_sizes(tables: NDArray[np.integer]) -> tuple[int, ...]:
    """Number of symbols of each group. Raises ``ValueError`` on what is not a frequency table."""
    if tables.ndim != 2 or tables.dtype.kind not in "iu":
        raise ValueError(f"tables must be integers (groups, L), got {tables.dtype} of shape {tables.shape}")
    sizes = (tables > 0).sum(axis=1)
    symbols_first = (np.arange(tables.shape[1]) < sizes[:, None]) == (tables != 0)
    if not (symbols_first.all() and (tables <= TOTAL).all() and (tables.sum(axis=1) == TOTAL).all()):
        raise ValueError(f"rows must hold positive frequencies that sum to 2**{PRECISION}, then zeros")
    return tuple(sizes.tolist())


def cross_entropy_bits(counts: NDArray[np.integer], tables: NDArray[np.integer]) -> float:
    """What the coder spends on symbols that occur ``counts`` times, in bits: ``sum(counts * (20 - log2 f))``.

    This is no estimate: the coder uses these very integers (see ``static_coder``), so a payload is this long up to the
    rounding of its last words.

    Args:
        counts: (groups, L), how often each symbol occurs.
        tables: (groups, L).

    Raises:
        ValueError: shapes differ, or a symbol that occurs has no frequency.
    """
    alphabet_sizes(tables)
    if counts.shape != tables.shape:
        raise ValueError(f"counts have shape {counts.shape}, tables {tables.shape}")
    occurs = counts != 0
    if (tables[occurs] == 0).any() or (counts < 0).any():
        raise ValueError("counts must be non-negative, and zero past a group's alphabet")
    return float((counts[occurs] * (PRECISION - np.log2(tables[occurs]))).sum())
