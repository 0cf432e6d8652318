"""Where the bytes of a weight file go."""

from dataclasses import asdict, dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.streams import CodedStream
from compressible.bitstream.tensors import (
    AliasTensor,
    CodedTensor,
    KeptTensor,
    PlainTensor,
    QuantizedTensor,
    SparseTensor,
    Tensor,
)
from compressible.bitstream.weight_file import CodedWeights, read_weights
from compressible.bitstream.weights import MAX_DECODED


@dataclass(frozen=True)
class PayloadSizes:
    """Bytes of a file by what they are for; exact, they sum to the file.

    Attributes:
        container: checksums, lengths, what every file has.
        directory: names, shapes and types.
        codebooks: centers.
        tables: frequencies or code lengths, and how long streams are.
        scales: of quantized tensors.
        plain: tensors that are kept as they are, and what is kept of sparse ones.
        symbols: of quantized and sparse tensors.
    """

    container: int
    directory: int
    codebooks: int
    tables: int
    scales: int
    plain: int
    symbols: int

    @property
    def total(self) -> int:
        """The whole file."""
        return sum(asdict(self).values())


@dataclass(frozen=True)
class TensorSize:
    """One tensor's share.

    Attributes:
        name: of the tensor.
        form: plain, quantized, sparse or alias.
        dtype: its type; that of the other, if it is an alias.
        shape: likewise.
        values: how many it has; 0 if it is an alias.
        estimated_bits: what its symbols cost by its stream's table, all less in proportion if the stream takes less,
            and its share of all scales and of all values that are kept. Tensors are not coded apart, so this is no
            exact number.
    """

    name: str
    form: str
    dtype: str
    shape: tuple[int, ...]
    values: int
    estimated_bits: float


@dataclass(frozen=True)
class WeightSizes:
    """A weight file at a glance.

    Attributes:
        payload: bytes by kind.
        tensors: each tensor's share.
        coders: those of its streams, each once.
        float_values: values of floating-point tensors, those of aliases not counted.
    """

    payload: PayloadSizes
    tensors: tuple[TensorSize, ...]
    coders: tuple[str, ...]
    float_values: int

    @property
    def factor(self) -> float:
        """How many times smaller the file is than its floating-point values in float32."""
        return 4 * self.float_values / self.payload.total


def measure_weights(data: bytes, limit: int = MAX_DECODED) -> WeightSizes:
    """Read a file and measure its parts. Raises ``BitstreamError`` if it is damaged or too large."""
    coded = read_weights(data, limit)
    parts = {name: len(part) for name, part in vars(coded.sections).items()}
    payload = PayloadSizes(container=len(data) - sum(parts.values()), **parts)
    tensors = _measure_tensors(coded)
    floats = [t for t in coded.file.tensors if not isinstance(t, AliasTensor) and t.dtype.is_float]
    coders = sorted({coded_stream.stream.coder for coded_stream in coded.streams})
    names = tuple(coder.name.lower() for coder in coders)
    return WeightSizes(payload, tensors, names, sum(prod(t.shape) for t in floats))


def _measure_tensors(coded: CodedWeights) -> tuple[TensorSize, ...]:
    tensors = coded.file.tensors
    plain = _rate(coded.sections.plain, sum(t.kept.nbytes for t in tensors if isinstance(t, KeptTensor)))
    scales = _rate(coded.sections.scales, sum(_scale_bytes(t) for t in tensors))
    prices = [_prices(stream) for stream in coded.streams]
    sizes: dict[str, TensorSize] = {}
    for tensor in tensors:
        match tensor:
            case AliasTensor():
                other = sizes[tensor.of]
                sizes[tensor.name] = TensorSize(tensor.name, "alias", other.dtype, other.shape, 0, 0.0)
                continue
            case PlainTensor():
                form, bits = "plain", plain * tensor.kept.nbytes
            case SparseTensor():
                form, bits = "sparse", _symbol_bits(tensor, prices[tensor.stream]) + plain * tensor.kept.nbytes
            case QuantizedTensor():
                form, bits = "quantized", _symbol_bits(tensor, prices[tensor.stream]) + scales * _scale_bytes(tensor)
        dtype = tensor.dtype.name.lower()
        sizes[tensor.name] = TensorSize(tensor.name, form, dtype, tensor.shape, prod(tensor.shape), bits)
    return tuple(sizes.values())


def _prices(stream: CodedStream) -> NDArray[np.float64]:
    """Bits of each symbol, (L,), by the table; less in proportion where contexts make the stream take less."""
    prices = stream.coder.prices
    total = float(np.bincount(stream.symbols, minlength=len(prices)) @ prices)
    return prices * min(1, 8 * stream.payload_bytes / total) if total else prices


def _symbol_bits(tensor: CodedTensor, prices: NDArray[np.float64]) -> float:
    return float(np.bincount(tensor.symbols.ravel(), minlength=len(prices)) @ prices)


def _scale_bytes(tensor: Tensor) -> int:
    return tensor.scales.nbytes if isinstance(tensor, QuantizedTensor) and tensor.scales is not None else 0


def _rate(packed: bytes, size: int) -> float:
    """Bits in the file for each byte of ``size``."""
    return 8 * len(packed) / size if size else 0.0
