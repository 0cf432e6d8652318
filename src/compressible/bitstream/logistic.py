"""Logarithms and exponentials in integers: what a context model needs of real numbers, the same on every machine.

    SQUASH   x ──► 65536 / (1 + e^(-x/256))        stretched, -2047..2047 ──► probability in 2^-16
    STRETCH  p ──► 256 ln(p / (1 - p))             probability in 2^-12 ──► stretched; inverse of SQUASH
    COST     p ──► -32 log2(p)                     probability in 2^-12 ──► 32nds of a bit

All are made with Python's unbounded integers: no floating point, so no rounding that could differ.
"""

import numpy as np
from numpy.typing import NDArray

LARGEST = 2047
"""Beyond this a stretched probability is cut off: about 1 in 3,000."""
_ONE = 1 << 96


def _exponentials() -> list[int]:
    """e^(x/256) for x in 0..LARGEST, in units of 2^-96."""
    step = term = _ONE
    for k in range(1, 24):
        term //= 256 * k
        step += term
    powers = [_ONE]
    for _ in range(LARGEST):
        powers.append(powers[-1] * step // _ONE)
    return powers


def _squash() -> NDArray[np.int64]:
    powers = _exponentials()
    below = [65536 * _ONE // (_ONE + power) for power in reversed(powers[1:])]
    above = [65536 * power // (_ONE + power) for power in powers]
    return np.array(below + above, dtype=np.int64)


SQUASH = _squash()
STRETCH = np.clip(np.searchsorted(SQUASH, 16 * np.arange(4096) + 8) - LARGEST, -LARGEST, LARGEST).astype(np.int64)
# A number below 2^k to the power of 32 has 32 times as many bits, which gives 32nds. Cells are priced at their middle.
COST = np.array([32 * 13 - (((2 * p + 1) ** 32).bit_length() - 1) for p in range(4096)], dtype=np.int64)
"""Price of the middle of each cell."""
