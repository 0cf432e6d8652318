"""A fingerprint of symbols: tells a decoder that it reads other symbols than were written."""

from collections.abc import Iterable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray


def symbol_digest(symbols: Iterable[NDArray[np.integer]]) -> int:
    """CRC32 over rank, shape and values of every array, all as little-endian 64-bit integers.

    The integer type and memory layout of an array make no difference. Raises ``ValueError`` on other than integers.
    """
    digest = 0
    for array in symbols:
        if array.dtype.kind not in "iu":
            raise ValueError(f"symbols must be integers, got {array.dtype}")
        digest = crc32(np.array([array.ndim, *array.shape], dtype="<i8").tobytes(), digest)
        digest = crc32(array.astype("<i8").tobytes(), digest)
    return digest
