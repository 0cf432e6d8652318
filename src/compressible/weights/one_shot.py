"""A network made small at once: without training, without data.

    plain tensors ──┬─► matrices and kernels ──► grid ──► merged streams ──► quantized tensors
                    └─► all others ──► (mantissas rounded) ──► plain tensors

All quantized tensors share one step, as they do in NNCodec (Becking et al. 2023): of the rules that need no data it
cost a residual network least, less than the same relative error for every layer. Only a tensor far smaller than the
others gets a finer one, so that it does not vanish.
"""

from collections.abc import Callable, Iterable, Sequence
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
from compressible.weights.mantissas import rounded
from compressible.weights.stream_merging import Histogram, merge_streams

MIN_VALUES = 256
"""Smaller tensors cost more to quantize than they save."""
COARSEST = 2.0
"""The largest step for a tensor, in its own root mean squares."""

Track = Callable[[Sequence[PlainTensor]], Iterable[PlainTensor]]


@dataclass(frozen=True)
class OneShot:
    """How small.

    Args:
        step: of the grid, in the typical root mean square of the tensors that are quantized: their geometric mean,
            where every weight counts the same.
        coder: of the symbols.
        mantissa: bits of mantissa that are kept of floating-point tensors which are not quantized; None for all.

    Raises:
        ValueError: the step is not positive and finite, or the mantissa negative.
    """

    step: float = 0.7
    coder: CoderKind = CoderKind.RANGE
    mantissa: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.step < np.inf:
            raise ValueError(f"the step must be positive, got {self.step}")
        if self.mantissa is not None and self.mantissa < 0:
            raise ValueError(f"a mantissa has 0 bits or more, got {self.mantissa}")


@dataclass(frozen=True, eq=False)
class _OnGrid:
    """A tensor as grid points."""

    tensor: PlainTensor
    step: float
    points: NDArray[np.int32]
    histogram: Histogram


def compress_tensors(tensors: Sequence[Tensor], how: OneShot, track: Track = iter) -> WeightFile:
    """Quantize what is worth it of a network's plain tensors; aliases stay what they are.

    Args:
        tensors: as ``state.tensors_of`` gives them.
        how: how small.
        track: goes through the tensors that are quantized, to show how far it is.

    Raises:
        BitstreamError: names repeat, or there are too many tensors.
    """
    chosen = [t for t in tensors if isinstance(t, PlainTensor) and is_worth_it(t)]
    coarse = how.step * typical_scale(chosen)
    on_grid = {t.name: put for t in track(chosen) if (put := _put_on_grid(t, coarse)) is not None}
    quantized, streams = _share_streams(list(on_grid.values()), how.coder)
    kept = tensors if how.mantissa is None else [rounded(t, how.mantissa) for t in tensors]
    return WeightFile(tuple(quantized.get(t.name, t) for t in kept), streams)


def is_worth_it(tensor: PlainTensor) -> bool:
    """Whether a tensor is a matrix or kernel of enough finite floating-point numbers that are not all zero."""
    if not tensor.dtype.is_float or len(tensor.shape) < 2 or tensor.values.size < MIN_VALUES:
        return False
    scale = _scale(tensor)
    return bool(np.isfinite(scale)) and scale > 0


def typical_scale(tensors: Sequence[PlainTensor]) -> float:
    """The geometric mean of the root mean squares, weighted by numbers of values; 1 of no tensors."""
    sizes = [tensor.values.size for tensor in tensors]
    return float(np.exp(np.average(np.log([_scale(t) for t in tensors]), weights=sizes))) if tensors else 1.0


def _scale(tensor: PlainTensor) -> float:
    """Root mean square; not finite if a value is not."""
    values = tensor.dtype.to_float32(tensor.values)
    return float(np.sqrt(np.square(values, dtype=np.float64).mean()))


def _put_on_grid(tensor: PlainTensor, coarse: float) -> _OnGrid | None:
    """The tensor as grid points; None if there are more of them than a codebook holds."""
    step = float(np.float32(min(coarse, COARSEST * _scale(tensor))))
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
