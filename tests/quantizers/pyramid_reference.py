"""What a pyramid is, by counting and by trying all there is."""

from functools import cache
from math import comb

import numpy as np
from numpy.typing import NDArray


def count(dimension: int, pulses: int) -> int:
    """Number of codewords by how many entries are not zero: which ones, their signs, and how they share the pulses."""
    nonzero = range(1, min(dimension, pulses) + 1)
    return sum(2**m * comb(dimension, m) * comb(pulses - 1, m - 1) for m in nonzero)


def all_codewords(dimension: int, pulses: int) -> NDArray[np.int64]:
    """Those of all integer vectors with small entries that have the pulses, in ascending order."""
    grid = np.indices((2 * pulses + 1,) * dimension, dtype=np.int8).reshape(dimension, -1) - np.int8(pulses)
    return grid[:, np.abs(grid).sum(0) == pulses].T.astype(np.int64)


@cache
def v(n: int, k: int) -> int:
    """V(N, K) by its recurrence."""
    if n == 0 or k == 0:
        return int(k == 0)
    return v(n - 1, k) + v(n, k - 1) + v(n - 1, k - 1)


def decode(index: int, dimension: int, pulses: int) -> list[int]:
    """The five steps of RFC 6716, section 4.3.4.2, entry by entry."""
    i, k, entries = index, pulses, []
    for j in range(dimension):
        p = (v(dimension - j - 1, k) + v(dimension - j, k)) // 2
        sign = 1 if i < p else -1
        i = i if i < p else i - p
        k0 = k
        p -= v(dimension - j - 1, k)
        while p > i:
            k -= 1
            p -= v(dimension - j - 1, k)
        entries.append(sign * (k0 - k))
        i -= p
    return entries
