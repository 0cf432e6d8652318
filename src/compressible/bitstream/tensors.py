"""The tensors of a weight file: kept as they are, quantized, or the same as another one."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.errors import BitstreamError

MAX_NAME = 2**10
MAX_RANK = 32

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


@dataclass(frozen=True, eq=False)
class PlainTensor:
    """A tensor kept bit for bit.

    Args:
        name: in the network's state.
        dtype: what it is made of.
        values: of type ``dtype.storage``, in any layout.

    Raises:
        BitstreamError: the name or the shape is beyond the limits, or the values are of another type.
    """

    name: str
    dtype: DType
    values: NDArray

    def __post_init__(self) -> None:
        check_name(self.name)
        check_shape(self.values.shape)
        if self.values.dtype.newbyteorder("<") != self.dtype.storage:
            raise BitstreamError(f"{self.name} is {self.dtype.name.lower()}, but has values of {self.values.dtype}")
        # A byte in a file can be anything, and what numpy then does with it is not defined.
        if self.dtype is DType.BOOL and self.values.view(np.uint8).max(initial=0) > 1:
            raise BitstreamError(f"{self.name} is bool, but has values other than 0 and 1")

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor."""
        return self.values.shape


@dataclass(frozen=True, eq=False)
class QuantizedTensor:
    """A tensor of symbols: which center of its stream each value is, and what to multiply that by.

    Args:
        name: in the network's state.
        dtype: what it decodes to; a floating-point type.
        stream: index of the stream that has its centers and codes its symbols.
        symbols: integers 0..L-1, in the shape of the tensor.
        scales: nothing, one number (), or one for each slice of the first axis (n,); float16 or float32, finite.

    Raises:
        BitstreamError: any of these is not so, or beyond the limits.
    """

    name: str
    dtype: DType
    stream: int
    symbols: NDArray[np.integer]
    scales: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        check_shape(self.symbols.shape)
        if not self.dtype.is_float or self.symbols.dtype.kind not in "iu":
            raise BitstreamError(
                f"a quantized tensor has integer symbols and a floating-point type, and {self.name} has "
                f"{self.symbols.dtype} and {self.dtype.name.lower()}"
            )
        if self.scales is None:
            return
        if self.scales.shape not in ((), self.symbols.shape[:1]) or self.scales.dtype not in (np.float16, np.float32):
            raise BitstreamError(f"{self.name} must have one scale, or one for each slice, in float16 or float32")
        if not np.isfinite(self.scales).all():
            raise BitstreamError(f"a scale of {self.name} is not finite")

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor."""
        return self.symbols.shape

    @property
    def largest_scale(self) -> np.float32:
        """The largest magnitude of a scale; 1 without scales."""
        if self.scales is None:
            return np.float32(1)
        return np.abs(self.scales).max(initial=0).astype(np.float32)

    def values(self, centers: NDArray[np.float32]) -> NDArray:
        """Float32 products ``scale * centers[symbol]``, cast to the type of the tensor; as ``dtype.storage``."""
        if self.scales is None:
            return np.asarray(self.dtype.cast(centers)[self.symbols])
        scales = self.scales.astype(np.float32)
        if self.scales.ndim == 0:
            return np.asarray(self.dtype.cast(scales * centers)[self.symbols])
        by_slice = scales.reshape(-1, *(1,) * (self.symbols.ndim - 1))
        return self.dtype.cast(by_slice * centers[self.symbols])


@dataclass(frozen=True)
class AliasTensor:
    """Another name of an earlier tensor: weights that are tied.

    Args:
        name: in the network's state.
        of: the name of the other, which is no alias itself.

    Raises:
        BitstreamError: the name is beyond the limits.
    """

    name: str
    of: str

    def __post_init__(self) -> None:
        check_name(self.name)


Tensor = PlainTensor | QuantizedTensor | AliasTensor


def check_name(name: str) -> None:
    """Raise ``BitstreamError`` if ``name`` is too long or no text."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        raise BitstreamError(f"the name {name!r} is no text") from error
    if size > MAX_NAME:
        raise BitstreamError(f"a name has at most {MAX_NAME} bytes, and {name[:20]}... has {size}")


def check_shape(shape: tuple[int, ...]) -> None:
    """Raise ``BitstreamError`` if there are too many axes."""
    if len(shape) > MAX_RANK:
        raise BitstreamError(f"a tensor has at most {MAX_RANK} axes, got {len(shape)}")
