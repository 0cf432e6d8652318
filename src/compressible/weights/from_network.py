"""A quantized network as a weight file: what was trained, as it is evaluated.

symbols, centers, scales ─► streams and quantized tensors
tied weights             ─► aliases
all other entries        ─► plain tensors (float32 ones in half precision, if that is asked for and holds them)
"""

from collections.abc import Sequence
from math import prod
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from compressible.bitstream.codebooks import ListedCenters
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import PlainTensor, QuantizedTensor, Tensor
from compressible.bitstream.weights import WeightFile
from compressible.models.quantized_network import QuantizedNetwork
from compressible.quantizers import Quantizer
from compressible.weights.mantissas import rounded
from compressible.weights.state import TYPES, tensors_of
from compressible.weights.stream_merging import SYMBOL_BITS, Histogram, merge_streams

Tables = Literal["codebook", "merged"]
"""How many tables the symbols of a codebook get: one, as the paper counts; or as many as pay, where tensors of like
statistics share one. A table has a stream of its own, and with it the centers that occur there."""

_SMALLEST = np.finfo(np.float16).smallest_normal
_SYMBOL_BITS = SYMBOL_BITS + 16
"""What a symbol costs in a table and as a center in half precision."""


def weight_file(
    model: QuantizedNetwork, coder: CoderKind, mantissa: int | None = None, tables: Tables = "codebook"
) -> WeightFile:
    """Everything the network's state holds. Centers ascend, and those that no weight uses are left out.

    Args:
        model: the trained network; its symbols need not be fixed.
        coder: of the symbols.
        mantissa: bits of mantissa that are kept of what is not quantized and fits half precision, which has 10; None
            keeps it bit for bit.
        tables: how many tables the symbols get.

    Raises:
        ValueError: ``tables`` is none of these, or the network's state holds what has no place in a file.
        BitstreamError: a center or a scale is not finite, or beyond what its type holds.
    """
    if tables not in get_args(Tables):
        raise ValueError(f"tables must be {' or '.join(get_args(Tables))}, got {tables}")
    tensors = tensors_of(model.network.state_dict())
    scales = {name: _scale(scale) for name, scale in model.scales().items()}
    streams: list[Stream] = []
    quantized: dict[str, Tensor] = {}
    codebooks = zip(model.all_quantizers(), model.symbols(), model.partition.groups, strict=True)
    for quantizer, symbols, names in codebooks:
        centers, indices = _in_use(quantizer, symbols)
        shapes = [model.partition.shapes[name] for name in names]
        pieces = np.split(indices, np.cumsum([prod(shape) for shape in shapes])[:-1])
        for members, lowest, size in _shared(pieces, len(centers), tables):
            for i in members:
                own = (pieces[i] - lowest).reshape(shapes[i])
                name, dtype = names[i], TYPES[model.network.get_parameter(names[i]).dtype]
                quantized[name] = QuantizedTensor(name, dtype, len(streams), own, scales[name])
            streams.append(Stream(ListedCenters(centers[lowest : lowest + size]), coder))
    kept = tensors if mantissa is None else [_shortened(tensor, mantissa) for tensor in tensors]
    return WeightFile(tuple(quantized.get(tensor.name, tensor) for tensor in kept), tuple(streams))


def _in_use(quantizer: Quantizer, symbols: torch.Tensor) -> tuple[NDArray[np.float16], NDArray[np.int64]]:
    """The centers that occur in ``symbols`` (1, n), ascending, in half precision, and which of them each one is."""
    used, positions = symbols.flatten().unique(return_inverse=True)
    values = quantizer.dequantize(used[None]).detach().flatten()
    order = values.argsort(stable=True)
    return values[order].half().cpu().numpy(), order.argsort()[positions].cpu().numpy()


def _shared(pieces: Sequence[NDArray[np.int64]], centers: int, tables: Tables) -> list[tuple[Sequence[int], int, int]]:
    """Which tensors share a table, the first center in it, and how many it has."""
    if tables == "codebook":
        return [(range(len(pieces)), 0, centers)]
    groups = merge_streams([Histogram.of(piece) for piece in pieces], _SYMBOL_BITS)
    return [(group.members, group.histogram.lowest, len(group.histogram.counts)) for group in groups]


def _scale(scale: torch.Tensor) -> NDArray[np.floating]:
    """One number, or one for each slice of the first axis; in half precision, unless that holds them less precisely."""
    values = scale.detach().flatten().float().cpu().numpy()
    if values.min() >= _SMALLEST and values.max() <= np.finfo(np.float16).max:
        values = values.astype(np.float16)
    return values if len(values) > 1 else values.reshape(())


def _shortened(tensor: Tensor, mantissa: int) -> Tensor:
    """Float32 in half precision where that can hold it, a large running variance cannot; then its mantissas rounded."""
    if isinstance(tensor, PlainTensor) and tensor.dtype is DType.FLOAT32:
        with np.errstate(over="ignore"):
            half = tensor.values.astype(np.float16)
        if np.array_equal(np.isfinite(half), np.isfinite(tensor.values)):
            tensor = PlainTensor(tensor.name, DType.FLOAT16, half)
    is_half = isinstance(tensor, PlainTensor) and tensor.dtype is DType.FLOAT16
    return rounded(tensor, mantissa) if is_half else tensor
