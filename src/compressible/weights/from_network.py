"""A quantized network as a weight file: what was trained, as it is evaluated.

symbols, centers, scales ─► streams and quantized tensors
all other entries        ─► plain tensors, float32 ones in half precision if that holds them
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
from compressible.bitstream.tensors import QuantizedTensor, Tensor
from compressible.bitstream.weights import WeightFile
from compressible.models.quantized_network import QuantizedNetwork
from compressible.quantizers import Quantizer
from compressible.weights.mantissas import rounded
from compressible.weights.state import tensors_of
from compressible.weights.stream_merging import SYMBOL_BITS, Histogram, merge_streams

Tables = Literal["codebook", "merged"]
"""How many tables the symbols of a codebook get: one, as the paper counts; or as many as pay, where tensors of like
statistics share one. A table has a stream of its own, and with it the centers that occur there."""

_SYMBOL_BITS = SYMBOL_BITS + 16
"""What a symbol costs in a table and as a center in half precision."""


def weight_file(
    model: QuantizedNetwork, coder: CoderKind, mantissa: int = 10, tables: Tables = "codebook"
) -> WeightFile:
    """Everything the network's state holds. Centers ascend, and those that no weight uses are left out.

    Args:
        model: the trained network; its symbols need not be fixed.
        coder: of the symbols.
        mantissa: bits of mantissa that are kept of what is not quantized and fits half precision, which has 10.
        tables: how many tables the symbols get.

    Raises:
        ValueError: ``tables`` is none of these.
    """
    if tables not in get_args(Tables):
        raise ValueError(f"tables must be {' or '.join(get_args(Tables))}, got {tables}")
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
                quantized[names[i]] = QuantizedTensor(names[i], DType.FLOAT32, len(streams), own, scales[names[i]])
            streams.append(Stream(ListedCenters(centers[lowest : lowest + size]), coder))
    state = {name: _halved(value) for name, value in model.network.state_dict().items()}
    tensors = [rounded(t, mantissa) if state[t.name].dtype == torch.float16 else t for t in tensors_of(state)]
    return WeightFile(tuple(quantized.get(t.name, t) for t in tensors), tuple(streams))


def _in_use(quantizer: Quantizer, symbols: torch.Tensor) -> tuple[NDArray[np.float16], NDArray[np.int64]]:
    """The centers that occur in ``symbols`` (1, n), ascending, in half precision, and which of them each one is."""
    used, positions = symbols.flatten().unique(return_inverse=True)
    values = quantizer.dequantize(used[None]).detach().flatten()
    order = values.argsort(stable=True)
    return values[order].half().cpu().numpy(), order.argsort()[positions].cpu().numpy()


def _shared(pieces: Sequence[NDArray[np.int64]], centers: int, tables: Tables) -> list[tuple[Sequence[int], int, int]]:
    """Which tensors share a table, the first center in it, and how many it has."""
    filled = [i for i, piece in enumerate(pieces) if piece.size]
    if tables == "codebook" or not filled:
        return [(range(len(pieces)), 0, centers)]
    groups = merge_streams([Histogram.of(pieces[i]) for i in filled], _SYMBOL_BITS)
    found = [([filled[m] for m in g.members], g.histogram.lowest, len(g.histogram.counts)) for g in groups]
    # Tensors without values need a table too, whichever.
    found[0][0].extend(i for i, piece in enumerate(pieces) if not piece.size)
    return [*found]


def _scale(scale: torch.Tensor) -> NDArray[np.float16]:
    """One number, or one for each slice of the first axis."""
    values = scale.detach().flatten().half().cpu().numpy()
    return values if scale.numel() > 1 else values.reshape(())


def _halved(value: torch.Tensor) -> torch.Tensor:
    """Float32 in half precision where that can hold it: a large running variance stays as it is."""
    half = value.half() if value.dtype == torch.float32 else value
    return half if torch.equal(half.isfinite(), value.isfinite()) else value
