import struct
from zlib import crc32

import numpy as np
import pytest

from compressible.bitstream.digest import symbol_digest


def test_digest_of_bytes_laid_out_by_hand() -> None:
    arrays = [np.array([[5, -7]], dtype=np.int32), np.array([2**40], dtype=np.int64)]
    layout = (
        struct.pack("<3q", 2, 1, 2) + struct.pack("<2q", 5, -7) + struct.pack("<2q", 1, 1) + struct.pack("<q", 2**40)
    )
    assert symbol_digest(arrays) == crc32(layout)
    assert symbol_digest([]) == 0


def test_only_values_and_shape_count() -> None:
    symbols = np.arange(12).reshape(3, 4)
    digest = symbol_digest([symbols])
    for same in (symbols.astype("<i4"), symbols.astype(">i8"), symbols.astype(np.uint8), np.asfortranarray(symbols)):
        assert symbol_digest([same]) == digest
    for other in (symbols.T, symbols.reshape(4, 3), symbols.ravel(), symbols + 1, symbols[:, ::-1]):
        assert symbol_digest([other]) != digest
    assert symbol_digest(list(symbols)) != digest
    assert symbol_digest([symbols, symbols]) != digest


@pytest.mark.parametrize("dtype", [np.float32, bool])
def test_other_than_integers_are_refused(dtype: type) -> None:
    with pytest.raises(ValueError, match="integers"):
        symbol_digest([np.zeros(3, dtype=dtype)])
