"""Tensors as points of uniform grids, those that are alike in one stream.

plain tensors that have a step ─► grid points ─► merged streams ─► quantized tensors
all others ─────────────────────────────────────────────────────► themselves
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.codebooks import UniformGrid
from compressible.bitstream.compact_tables import MAX_ALPHABET
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import PlainTensor, QuantizedTensor, Tensor
from compressible.bitstream.weights import WeightFile
from compressible.weights.grid import quantize_on_grid
from compressible.weights.stream_merging import Histogram, merge_streams

Track = Callable[[Sequence[PlainTensor]], Iterable[PlainTensor]]


@dataclass(frozen=True, eq=False)
class _OnGrid:
    """A tensor as grid points."""

    tensor: PlainTensor
    step: float
    points: NDArray[np.int32]
    histogram: Histogram


def quantize_tensors(
    tensors: Sequence[Tensor],
    steps: Mapping[str, float],
    coder: CoderKind = CoderKind.RANGE,
    track: Track = iter,
) -> WeightFile:
    """Quantize some of a network's plain tensors, each on a grid of its own step.

    What a grid would carry beyond its type, or past the most points there can be, is kept as it is.

    Args:
        tensors: as ``state.tensors_of`` gives them.
        steps: of the tensors that are quantized, by name; their values are finite floating-point numbers.
        coder: of the symbols.
        track: goes through the tensors that are quantized, to show how far it is.

    Raises:
        BitstreamError: names repeat, or there are too many tensors.
    """
    chosen = [t for t in tensors if isinstance(t, PlainTensor) and t.name in steps]
    on_grid = [put for t in track(chosen) if (put := _put_on_grid(t, steps[t.name])) is not None]
    quantized, streams = _share_streams(on_grid, coder)
    return WeightFile(tuple(quantized.get(t.name, t) for t in tensors), streams)


def _put_on_grid(tensor: PlainTensor, wanted: float) -> _OnGrid | None:
    """The tensor as grid points; None if there are more of them than a codebook holds."""
    step = float(np.float32(wanted))
    values = tensor.dtype.to_float32(tensor.values)
    # A stream may join tensors that lie on either side of zero.
    if step == 0 or float(np.abs(values).max()) / step > MAX_ALPHABET // 2 - 1:
        return None
    points = quantize_on_grid(values, step)
    with np.errstate(over="ignore"):
        furthest = np.float32(step * float(np.abs(points).max()))
    if not tensor.dtype.holds(furthest):
        return None
    return _OnGrid(tensor, step, points, Histogram.of(points))


def _share_streams(tensors: Sequence[_OnGrid], coder: CoderKind) -> tuple[dict[str, Tensor], tuple[Stream, ...]]:
    """Quantized tensors by name, and their streams."""
    quantized: dict[str, Tensor] = {}
    streams: list[Stream] = []
    # A type for itself, as the grid of one may reach further than another holds.
    for step, dtype in dict.fromkeys((put.step, put.tensor.dtype) for put in tensors):
        alike = [put for put in tensors if (put.step, put.tensor.dtype) == (step, dtype)]
        for group in merge_streams([put.histogram for put in alike]):
            lowest = group.histogram.lowest
            for put in (alike[member] for member in group.members):
                symbols = (put.points - lowest).astype(np.uint16)
                quantized[put.tensor.name] = QuantizedTensor(put.tensor.name, put.tensor.dtype, len(streams), symbols)
            streams.append(Stream(UniformGrid(step, lowest, len(group.histogram.counts)), coder))
    return quantized, tuple(streams)
