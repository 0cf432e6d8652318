"""What the tensors of a weight file are made of."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

_STORAGE = {
    "BOOL": "?",
    "UINT8": "u1",
    "INT8": "i1",
    "UINT16": "<u2",
    "INT16": "<i2",
    "UINT32": "<u4",
    "INT32": "<i4",
    "UINT64": "<u8",
    "INT64": "<i8",
    "FLOAT16": "<f2",
    "BFLOAT16": "<u2",
    "FLOAT32": "<f4",
    "FLOAT64": "<f8",
}


class DType(IntEnum):
    """What a tensor is made of. A number, once given, keeps its meaning."""

    BOOL = 1
    UINT8 = 2
    INT8 = 3
    UINT16 = 4
    INT16 = 5
    UINT32 = 6
    INT32 = 7
    UINT64 = 8
    INT64 = 9
    FLOAT16 = 10
    BFLOAT16 = 11
    FLOAT32 = 12
    FLOAT64 = 13

    @property
    def storage(self) -> np.dtype:
        """The numpy type that holds it, little-endian; bfloat16, which numpy lacks, is its 16 bits as an integer."""
        return np.dtype(_STORAGE[self.name])

    @property
    def is_float(self) -> bool:
        """Whether a tensor of this type can be quantized."""
        return self >= DType.FLOAT16

    def to_float32(self, stored: NDArray) -> NDArray[np.float32]:
        """Values of this floating-point type, as ``storage``, in float32."""
        if self is DType.BFLOAT16:
            return (stored.astype(np.uint32) << 16).view(np.float32)
        with np.errstate(over="ignore"):
            return stored.astype(np.float32)

    def cast(self, values: NDArray[np.float32]) -> NDArray:
        """``values`` in this floating-point type, as ``storage``: the nearest there are, the even one of two."""
        if self is not DType.BFLOAT16:
            with np.errstate(over="ignore"):
                return values.astype(self.storage)
        bits = values.view(np.uint32)
        return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(self.storage)

    def holds(self, value: np.float32) -> bool:
        """Whether ``value`` is finite and remains so in this type."""
        return bool(np.isfinite(self.to_float32(self.cast(np.array([value], dtype=np.float32)))).all())
