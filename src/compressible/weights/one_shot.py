"""A network made small at once: without training, without data.

    plain tensors ──┬─► matrices and kernels ──► grid ──► merged streams ──► quantized tensors
                    └─► all others ──► (mantissas rounded) ──► plain tensors

All quantized tensors share one step, as they do in NNCodec (Becking et al. 2023): of the rules that need no data it
cost a residual network least, less than the same relative error for every layer. Only a tensor far smaller than the
others gets a finer one, so that it does not vanish.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.tensors import PlainTensor, Tensor
from compressible.bitstream.weights import WeightFile
from compressible.weights.mantissas import rounded
from compressible.weights.on_grid import Track, quantize_tensors

MIN_VALUES = 256
"""Smaller tensors cost more to quantize than they save."""
COARSEST = 2.0
"""The largest step for a tensor, in its own root mean squares."""


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
    file = quantize_tensors(tensors, {t.name: min(coarse, COARSEST * _scale(t)) for t in chosen}, how.coder, track)
    if how.mantissa is None:
        return file
    return WeightFile(tuple(rounded(t, how.mantissa) for t in file.tensors), file.streams)


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
