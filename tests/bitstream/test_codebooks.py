import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError
from compressible.bitstream.codebooks import ListedCenters, UniformGrid, read_codebook
from compressible.bitstream.fields import FieldReader


def test_bytes_by_hand() -> None:
    values = [0.5, -2.0]
    assert ListedCenters(np.array(values, np.float16)).to_bytes() == b"\0\2" + struct.pack("<2e", *values)
    assert ListedCenters(np.array(values, np.float32)).to_bytes() == b"\1\2" + struct.pack("<2f", *values)
    assert UniformGrid(0.25, -3, 300).to_bytes() == b"\2\xac\2\5" + struct.pack("<f", 0.25)


@given(st.lists(st.floats(-6e4, 6e4, width=16), min_size=1, max_size=20), st.sampled_from([np.float16, np.float32]))
def test_listed_centers_come_back_as_they_are(values: list[float], dtype: type) -> None:
    book = ListedCenters(np.array(values, dtype))
    found = read_codebook(FieldReader(book.to_bytes()))
    assert isinstance(found, ListedCenters)
    assert (found.values.dtype, found.values.tobytes()) == (book.values.dtype, book.values.tobytes())
    assert found.centers().tolist() == values
    assert found.largest == max(map(abs, values))


@given(st.floats(2.0**-100, 2.0**100, width=32), st.integers(-(2**24), 2**24 - 300), st.integers(1, 300))
def test_a_grid_is_products_in_float32(step: float, lowest: int, size: int) -> None:
    book = UniformGrid(step, lowest, size)
    assert read_codebook(FieldReader(book.to_bytes())) == book
    # The product of two float32 is exact in float64, so rounding it once is what float32 does.
    assert book.centers().tolist() == [float(np.float32(step * (lowest + k))) for k in range(size)]
    assert book.largest == np.abs(book.centers()).max()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_centers_must_be_finite(bad: float) -> None:
    for kind, dtype in ((b"\0", np.float16), (b"\1", np.float32)):
        with pytest.raises(BitstreamError, match="finite"):
            read_codebook(FieldReader(kind + b"\2" + np.array([1, bad], dtype).tobytes()))


@pytest.mark.parametrize(
    ("step", "lowest", "size"),
    [
        (0.0, 0, 1),
        (-1.0, 0, 1),
        (np.nan, 0, 1),
        (np.inf, 0, 1),
        (0.1, 0, 1),
        (1.0, 0, 0),
        (1.0, 0, 2**16 + 1),
        (1.0, 2**24, 2),
        (1.0, -(2**24) - 1, 1),
        (2.0**120, 0, 2**9),
    ],
)
def test_grids_beyond_the_limits_are_refused(step: float, lowest: int, size: int) -> None:
    with pytest.raises(BitstreamError):
        UniformGrid(step, lowest, size)


@pytest.mark.parametrize(
    "values", [np.zeros(0, np.float32), np.zeros((1, 1), np.float32), np.zeros(1), np.zeros(1, int)]
)
def test_what_is_no_list_of_centers_is_refused(values: np.ndarray) -> None:
    with pytest.raises(BitstreamError):
        ListedCenters(values)


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\0\0", b"\1\2abcd", b"\3\1", b"\2\1\0", b"\0\xff\xff\xff\xff\x0f", b"\2\0\0\0\0\0\0"]
)
def test_damage_is_refused(data: bytes) -> None:
    with pytest.raises(BitstreamError):
        read_codebook(FieldReader(data))
