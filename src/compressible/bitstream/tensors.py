"""The tensors of a weight file: kept as they are, quantized, kept where not zero, or the same as another one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.dtypes import DType
from compressible.bitstream.errors import BitstreamError

MAX_NAME = 2**10
MAX_RANK = 32


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
        check_values(self.name, self.dtype, self.values)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor."""
        return self.values.shape

    @property
    def kept(self) -> NDArray:
        """The values that are kept bit for bit: all."""
        return self.values


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


@dataclass(frozen=True, eq=False)
class SparseTensor:
    """A tensor most of whose values are zero, kept bit for bit: where the others are, and these.

    Args:
        name: in the network's state.
        dtype: what it is made of.
        stream: index of the stream that codes its symbols; the centers there are 0 and 1.
        symbols: integers in the shape of the tensor, 1 where a value is kept and 0 where it is +0.
        kept: (m,), in order, of type ``dtype.storage``; any values, zeros of either sign too.

    Raises:
        BitstreamError: any of these is not so, or beyond the limits.
    """

    name: str
    dtype: DType
    stream: int
    symbols: NDArray[np.integer]
    kept: NDArray

    def __post_init__(self) -> None:
        check_name(self.name)
        check_shape(self.symbols.shape)
        check_values(self.name, self.dtype, self.kept)
        ones = np.count_nonzero(self.symbols)
        if self.symbols.dtype.kind not in "iu" or np.count_nonzero(self.symbols == 1) != ones:
            raise BitstreamError(f"the symbols of {self.name} must be 0 and 1")
        if self.kept.shape != (ones,):
            raise BitstreamError(f"{self.name} keeps {ones} values, but has some of shape {self.kept.shape}")

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor."""
        return self.symbols.shape

    def values(self) -> NDArray:
        """All values, as ``dtype.storage``."""
        dense = np.zeros(self.symbols.size, self.dtype.storage)
        dense[np.flatnonzero(self.symbols)] = self.kept
        return dense.reshape(self.shape)


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


CodedTensor = QuantizedTensor | SparseTensor
"""A tensor with symbols in a stream."""
KeptTensor = PlainTensor | SparseTensor
"""A tensor with values that are kept bit for bit."""
Tensor = PlainTensor | QuantizedTensor | SparseTensor | AliasTensor


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


def check_values(name: str, dtype: DType, values: NDArray) -> None:
    """Raise ``BitstreamError`` if the values of a tensor are of another type than ``dtype.storage``."""
    if values.dtype.newbyteorder("<") != dtype.storage:
        raise BitstreamError(f"{name} is {dtype.name.lower()}, but has values of {values.dtype}")
    # A byte in a file can be anything, and what numpy then does with it is not defined.
    if dtype is DType.BOOL and values.view(np.uint8).max(initial=0) > 1:
        raise BitstreamError(f"{name} is bool, but has values other than 0 and 1")
