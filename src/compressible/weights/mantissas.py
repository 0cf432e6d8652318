"""Floating-point numbers with fewer bits: rounded, so that what is left packs well."""

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.dtypes import DType
from compressible.bitstream.tensors import PlainTensor, Tensor

MANTISSA_BITS = {DType.FLOAT16: 10, DType.BFLOAT16: 7, DType.FLOAT32: 23, DType.FLOAT64: 52}


def rounded(tensor: Tensor, bits: int) -> Tensor:
    """``tensor`` with ``round_mantissa`` of its values, if it is a plain one of floating-point numbers."""
    if not isinstance(tensor, PlainTensor) or not tensor.dtype.is_float:
        return tensor
    return PlainTensor(tensor.name, tensor.dtype, round_mantissa(tensor.values, tensor.dtype, bits))


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
    # With no bit kept, the last one is that before the point, which is always 1.
    last = integers >> integers.dtype.type(dropped) & one if bits else one
    half = (unit >> one) - one + last
    with np.errstate(over="ignore"):
        rounded = (integers + half) // unit * unit
    return np.where(_is_finite(rounded, dtype) & _is_finite(integers, dtype), rounded, integers).view(stored.dtype)


def _is_finite(integers: NDArray, dtype: DType) -> NDArray[np.bool_]:
    """Whether the exponent is not all ones."""
    exponent = (1 << (8 * integers.itemsize - 1)) - (1 << MANTISSA_BITS[dtype])
    mask = integers.dtype.type(exponent)
    return (integers & mask) != mask
