"""Sparse symbols: only those that are not zero, and how far each is from the one before.

    symbols      0 5 0 0 7 0 0 0 0 0 0 0 0 0 0 9      zero is 0, 3 bits
    differences    2     3             7       4
    symbols        5     7             0       9      where the distance is too long, a filler zero stops halfway

Han et al. 2016, "Deep compression", on relative indices with padding zeros. The first difference counts from before
the vector, so every difference lies in 1..2^bits - 1; the paper's figure counts from the first entry and has 2^bits as
longest. Zeros after the last symbol are not written: the reader knows n. Differences and symbols are then Huffman
coded, each with a code of their own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SparseSymbols:
    """Symbols where they are not zero, fillers included.

    Attributes:
        differences: (m,), steps from one position to the next, 1..2^bits - 1.
        symbols: (m,), the symbols there, zero where there is a filler.
    """

    differences: NDArray[np.int64]
    symbols: NDArray[np.integer]


def sparse_encode(symbols: NDArray[np.integer], zero: int, bits: int) -> SparseSymbols:
    """``symbols`` (n,) without those that are ``zero``, in differences of ``bits`` bits.

    Raises:
        ValueError: not a positive number of bits.
    """
    if bits < 1:
        raise ValueError(f"a difference needs at least one bit, got {bits}")
    longest = 2**bits - 1
    positions = np.flatnonzero(symbols != zero)
    distances = np.diff(positions, prepend=-1)
    fillers = (distances - 1) // longest
    last = np.cumsum(fillers + 1) - 1
    size = len(positions) + int(fillers.sum())
    differences = np.full(size, longest, dtype=np.int64)
    differences[last] = distances - fillers * longest
    values = np.full(size, zero, dtype=np.int64)
    values[last] = symbols[positions]
    return SparseSymbols(differences, values)


def sparse_decode(sparse: SparseSymbols, zero: int, n: int) -> NDArray[np.integer]:
    """Inverse of ``sparse_encode``: (n,), of the type of its symbols.

    Raises:
        ValueError: a difference is not positive, or they lead beyond n.
    """
    if (sparse.differences < 1).any() or sparse.differences.sum() > n:
        raise ValueError(f"differences must be positive and lead to one of {n} positions")
    symbols = np.full(n, zero, dtype=sparse.symbols.dtype)
    symbols[np.cumsum(sparse.differences) - 1] = sparse.symbols
    return symbols
