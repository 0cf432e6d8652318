"""Floating-point numbers with fewer bits: rounded, so that what is left packs well."""

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.tensors import DType

MANTISSA_BITS = {DType.FLOAT16: 10, DType.BFLOAT16: 7, DType.FLOAT32: 23, DType.FLOAT64: 52}


def round_mantissa(stored: NDArray, dtype: DType, bits: int) -> NDArray:
    """Values of a floating-point type with only the first ``bits`` of their mantissas, the nearest such numbers.

    Of two equally near the even one; the relative error is at most 2^-(bits + 1), but for subnormal numbers. What is
    not finite, or would no longer be, stays as it is.

    Args:
        stored: as ``dtype.storage``.
        dtype: a floating-point type.
        bits: not negative; more than there are change nothing.
    """
    dropped = MANTISSA_BITS[dtype] - bits
    if dropped <= 0:
        return stored
    integers = stored.view(f"<u{stored.itemsize}")
    one = integers.dtype.type(1)
    unit = one << integers.dtype.type(dropped)
    half = (unit >> one) - one + (integers >> integers.dtype.type(dropped) & one)
    with np.errstate(over="ignore"):
        rounded = (integers + half) // unit * unit
    return np.where(_is_finite(rounded, dtype) & _is_finite(integers, dtype), rounded, integers).view(stored.dtype)


def _is_finite(integers: NDArray, dtype: DType) -> NDArray[np.bool_]:
    """Whether the exponent is not all ones."""
    exponent = (1 << (8 * integers.itemsize - 1)) - (1 << MANTISSA_BITS[dtype])
    mask = integers.dtype.type(exponent)
    return (integers & mask) != mask
