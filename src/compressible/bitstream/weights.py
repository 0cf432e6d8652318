"""What a weight file holds: tensors in order, and the streams that quantized and sparse ones share."""

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.directory import MAX_TENSORS
from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.streams import MAX_STREAMS, Stream
from compressible.bitstream.tensors import AliasTensor, CodedTensor, PlainTensor, QuantizedTensor, SparseTensor, Tensor

MAX_DECODED = 2**32
"""Bytes of all tensors when decoded: a billion float32 weights. A few bytes can declare any number."""


@dataclass(frozen=True, eq=False)
class WeightFile:
    """The weights of a network.

    Args:
        tensors: with different names; an alias comes after the one it names.
        streams: centers and coder of the quantized and sparse tensors.

    Raises:
        BitstreamError: names repeat, an alias or a stream is not there, symbols or scales do not fit, or there are too
            many of anything.
    """

    tensors: tuple[Tensor, ...]
    streams: tuple[Stream, ...] = ()

    def __post_init__(self) -> None:
        if len(self.tensors) > MAX_TENSORS or len(self.streams) > MAX_STREAMS:
            raise BitstreamError(f"a file has at most {MAX_TENSORS} tensors and {MAX_STREAMS} streams")
        before: dict[str, Tensor] = {}
        for tensor in self.tensors:
            if tensor.name in before:
                raise BitstreamError(f"two tensors are named {tensor.name!r}")
            if isinstance(tensor, AliasTensor) and isinstance(before.get(tensor.of), AliasTensor | None):
                raise BitstreamError(f"{tensor.name!r} is the same as {tensor.of!r}, which does not come before it")
            if isinstance(tensor, CodedTensor):
                self._check_coded(tensor)
            before[tensor.name] = tensor

    def _check_coded(self, tensor: CodedTensor) -> None:
        if not 0 <= tensor.stream < len(self.streams):
            raise BitstreamError(f"{tensor.name!r} is in stream {tensor.stream}, and there are {len(self.streams)}")
        codebook = self.streams[tensor.stream].codebook
        if tensor.symbols.size and (tensor.symbols.min() < 0 or tensor.symbols.max() >= codebook.size):
            raise BitstreamError(f"the symbols of {tensor.name!r} must lie in 0..{codebook.size - 1}")
        if isinstance(tensor, SparseTensor):
            if codebook.centers().tolist() != [0, 1]:
                raise BitstreamError(f"{tensor.name!r} is sparse, but the centers of its stream are not 0 and 1")
            return
        with np.errstate(over="ignore"):
            largest = tensor.largest_scale * codebook.largest
        if not tensor.dtype.holds(largest):
            raise BitstreamError(f"the values of {tensor.name!r} go beyond what {tensor.dtype.name.lower()} holds")

    @property
    def decoded_bytes(self) -> int:
        """What the tensors take when decoded; an alias takes nothing."""
        own = (tensor for tensor in self.tensors if not isinstance(tensor, AliasTensor))
        return sum(prod(tensor.shape) * tensor.dtype.storage.itemsize for tensor in own)

    def values(self, tensor: PlainTensor | CodedTensor) -> NDArray:
        """What a tensor decodes to, of type ``tensor.dtype.storage``: bfloat16 as its 16 bits in an integer."""
        match tensor:
            case PlainTensor():
                return tensor.values
            case SparseTensor():
                return tensor.values()
            case QuantizedTensor():
                return tensor.values(self.streams[tensor.stream].codebook.centers())

    def arrays(self) -> dict[str, NDArray]:
        """All tensors by name, as ``values`` gives them; an alias is the same array as the tensor it names."""
        decoded: dict[str, NDArray] = {}
        for tensor in self.tensors:
            decoded[tensor.name] = decoded[tensor.of] if isinstance(tensor, AliasTensor) else self.values(tensor)
        return decoded

    def symbols_of(self, stream: int) -> NDArray[np.unsignedinteger]:
        """The symbols of all tensors of a stream, in order, (n,), of the smallest unsigned type that holds them."""
        smallest = np.min_scalar_type(self.streams[stream].codebook.size - 1)
        parts = [tensor.symbols.ravel() for tensor in self._tensors_of(stream)]
        return np.concatenate([np.zeros(0, smallest), *(part.astype(smallest) for part in parts)])

    def shapes_of(self, stream: int) -> list[tuple[int, ...]]:
        """The shapes of these tensors."""
        return [tensor.shape for tensor in self._tensors_of(stream)]

    def _tensors_of(self, stream: int) -> list[CodedTensor]:
        return [t for t in self.tensors if isinstance(t, CodedTensor) and t.stream == stream]


def check_decoded(size: int, limit: int) -> None:
    """Raise ``BitstreamError`` if tensors would take more than ``limit`` bytes."""
    if size > limit:
        raise BitstreamError(f"the tensors take {size} bytes when decoded, more than the {limit} that are allowed")
