import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from compressible.bitstream.dtypes import DType
from compressible.weights.mantissas import MANTISSA_BITS, round_mantissa

LARGEST = {DType.FLOAT16: 65504.0, DType.BFLOAT16: 3.3895313892515355e38, DType.FLOAT32: 3.4028234663852886e38}
SMALLEST_NORMAL = {
    DType.FLOAT16: 2.0**-14,
    DType.BFLOAT16: 2.0**-126,
    DType.FLOAT32: 2.0**-126,
    DType.FLOAT64: 2.0**-1022,
}


def by_definition(value: float, dtype: DType, bits: int) -> float:
    """Python's own rounding of the mantissa, which takes the even one of two."""
    if not math.isfinite(value) or value == 0:
        return value
    mantissa, exponent = math.frexp(value)
    try:
        rounded = math.ldexp(round(mantissa * 2 ** (bits + 1)), exponent - bits - 1)
    except OverflowError:
        return value
    return rounded if abs(rounded) <= LARGEST.get(dtype, math.inf) else value


@pytest.mark.parametrize("dtype", MANTISSA_BITS)
@given(seed=st.integers(0, 2**31), bits=st.integers(0, 60), shape=array_shapes(min_dims=0, max_dims=2, max_side=20))
def test_every_number_is_rounded_as_defined(dtype: DType, seed: int, bits: int, shape: tuple[int, ...]) -> None:
    """All bit patterns, but for subnormal numbers."""
    rng = np.random.default_rng(seed)
    width = 8 * dtype.storage.itemsize
    stored = rng.integers(0, 2**width, shape, dtype=f"u{width // 8}", endpoint=False).view(dtype.storage)
    values = decoded(stored, dtype)
    stored = np.where(np.abs(values) < SMALLEST_NORMAL[dtype], stored.dtype.type(1), stored)
    values = decoded(stored, dtype)
    found = round_mantissa(stored, dtype, bits)
    assert (found.dtype, found.shape) == (dtype.storage, shape)
    if bits >= MANTISSA_BITS[dtype]:
        assert found.tobytes() == stored.tobytes()
    elif dtype is not DType.BFLOAT16:
        normal = np.abs(values) >= SMALLEST_NORMAL[dtype]
        expected = np.array([by_definition(v, dtype, bits) for v in values[normal].tolist()])
        np.testing.assert_array_equal(decoded(found, dtype)[normal], expected)


def decoded(stored: np.ndarray, dtype: DType) -> np.ndarray:
    values = dtype.to_float32(stored) if dtype is DType.BFLOAT16 else stored
    with np.errstate(invalid="ignore"):
        return np.asarray(values, dtype=np.float64)


@given(arrays(np.float32, 20, elements=st.floats(width=32)), st.integers(0, 7))
def test_bfloat16_is_rounded_as_the_same_float32(values: np.ndarray, bits: int) -> None:
    short = DType.BFLOAT16.cast(values)
    same = DType.BFLOAT16.to_float32(short)
    found = DType.BFLOAT16.to_float32(round_mantissa(short, DType.BFLOAT16, bits))
    expected = round_mantissa(same, DType.FLOAT32, bits)
    np.testing.assert_array_equal(found, expected)


def test_without_mantissa_a_tie_goes_up() -> None:
    """3 = 1.5 * 2 and 6 = 1.5 * 4 are as near to 2 and 4 as to 4 and 8, and 2 is even where 1 is not."""
    values = np.array([3.0, 6.0, -3.0, 2.9, 0.75], np.float32)
    assert round_mantissa(values, DType.FLOAT32, 0).tolist() == [4.0, 8.0, -4.0, 2.0, 1.0]
