"""The IDX files of MNIST and its relatives, packed by gzip or not.

0 0 8 rank   sizes of the axes, 4 bytes each, the highest first   bytes, the last axis fastest
"""

import gzip
import struct
from math import prod
from pathlib import Path

import numpy as np

from compressible.data.paths import DataError

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTES = 8


def read_idx(path: Path, rank: int) -> np.ndarray:
    """The array of bytes that a file holds.

    Args:
        path: the file; what it begins with tells whether it is packed.
        rank: number of axes that is expected.

    Raises:
        DataError: the file cannot be read, or holds something else.
    """
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data.startswith(_GZIP) else data
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error})") from error
    except Exception as error:  # an archive can be damaged in any way
        raise DataError(f"{path} is packed, and damaged ({type(error).__name__})") from error
    start = 4 + 4 * rank
    if len(data) < start or data[:4] != bytes((0, 0, _UNSIGNED_BYTES, rank)):
        raise DataError(f"{path} is no IDX file of bytes with {rank} axes")
    shape = struct.unpack(f">{rank}I", data[4:start])
    if len(data) - start != prod(shape):
        raise DataError(f"{path} should hold {prod(shape)} values, and holds {len(data) - start}")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape).copy()
