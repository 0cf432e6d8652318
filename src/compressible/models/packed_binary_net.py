"""A trained binary network for use: signs in words of 64 bits, normalisations folded to thresholds.

    input ─┬─ bytes, binary kernel ──► integer sums ──┐
           ├─ signs, binary kernel ──► XOR, popcount ─┼─► threshold ─► words ─► XOR, popcount ─► ... ─► logits ─► class
           └─ symbols, any kernel ───► look-up, sums ─┘

Every layer after the first has signs on both sides. A normalisation with a sign behind it is a threshold for the sum;
it rises, so that max-pooling may come first. Courbariaux et al. 2016, "Binarized Neural Networks", section 1.4 and
algorithm 4.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from compressible.models import packed_kernels as kernels
from compressible.models.binary_layers import BinaryConv2d, BinaryLayer
from compressible.models.binary_net import BinaryNet, Stage
from compressible.models.normalisation import Normalisation
from compressible.models.offset_norm import OffsetNorm

Sums = Callable[[NDArray], NDArray]
"""From the input of a layer, packed or not, to its sums (n, h, w, o)."""
AT_ONCE = 128
"""Items that go through all layers before others do: the sums of more would not stay in the processor's caches."""
LARGEST = 2**30
"""A sum of bytes is less, of so many as there are."""


@dataclass(frozen=True)
class PackedStage:
    """A layer whose output is signs.

    Attributes:
        sums: of the layer.
        thresholds: the least sum of each output whose sign is 1.
        pool: side of the max-pooling.
    """

    sums: Sums
    thresholds: NDArray
    pool: int

    def __call__(self, x: NDArray) -> NDArray[np.uint64]:
        """Packed signs."""
        return kernels.fire(self.sums(x), self.thresholds, self.pool)


@dataclass(frozen=True)
class PackedBinaryNet:
    """Classes of inputs.

    Attributes:
        shape: of one item of the input, (c, h, w).
        prepare: from inputs to what the first stage takes; raises ``ValueError`` if they are of another kind.
        stages: all layers but the last.
        sums: of the last layer.
        logits: of each of its sums, (2 length + 1, classes).
    """

    shape: tuple[int, int, int]
    prepare: Callable[[NDArray], NDArray]
    stages: tuple[PackedStage, ...]
    sums: Sums
    logits: NDArray[np.float32]

    @classmethod
    def of(cls, network: BinaryNet, symbols: torch.Tensor | None = None) -> Self:
        """Pack a network as it is now.

        Args:
            network: trained; its layers after the first have binary kernels and inputs.
            symbols: where the first layer spans the whole input, what the network is given for each symbol of an
                alphabet, (L, c). Inputs are then symbols (n, 1, h, w), and any kernel of that layer will do.

        Raises:
            ValueError: a layer is none of those.
        """
        first, *others = network.all_stages()
        if not others or any(not stage.layer.binary or stage.layer.activation != "sign" for stage in others):
            raise ValueError("packed are networks whose layers after the first have signs for weights and inputs")
        *hidden, last = others
        if last.plan.pool != 1:
            raise ValueError("packed are networks whose last layer has no pooling")
        as_it_is = isinstance(network.normalisation, nn.Identity)
        bytes_by_signs = first.layer.binary and first.layer.activation == "none"
        shape = network.shape
        if symbols is not None and as_it_is:
            start, prepare = _looked_up(first, symbols, network.shape), partial(_places, size=len(symbols))
            shape = (1, *network.shape[1:])
        elif as_it_is and first.layer.binary and first.layer.activation == "sign":
            # Where one kernel spans them all, signs of all places lie together, and fill the words.
            spanned = first.layer.inputs == prod(shape)
            maps = (first.layer.inputs, 1, 1) if spanned else shape
            start, prepare = _packed(first, maps), partial(_signs, shape=maps)
        elif isinstance(network.normalisation, Normalisation) and bytes_by_signs:
            start, prepare = _of_bytes(first, network.normalisation, network.shape), _bytes
        else:
            raise ValueError("the first layer must take signs or bytes with signs for weights, or symbols")
        stages, current = [start], first.plan.output(network.shape)
        for stage in hidden:
            stages.append(_packed(stage, current))
            current = stage.plan.output(current)
        return cls(
            shape, prepare, tuple(stages), _sign_sums(last.layer, current), _all_outputs(last.norm, last.layer.inputs)
        )

    def __call__(self, inputs: NDArray) -> NDArray[np.int64]:
        """Classes (n,) of what the network takes, (n, c, h, w): bytes, signs or symbols.

        Raises:
            ValueError: they have another shape, or are none of these. Compiled code looks at no bounds.
        """
        if inputs.ndim != 4 or inputs.shape[1:] != self.shape:
            raise ValueError(f"the network takes inputs of shape {('n', *self.shape)}, got {inputs.shape}")
        x = self.prepare(inputs)
        found = np.empty(len(x), np.int64)
        for start in range(0, len(x), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            found[part] = self._classes(x[part])
        return found

    def _classes(self, x: NDArray) -> NDArray[np.int64]:
        for stage in self.stages:
            x = stage(x)
        return kernels.best_class(self.sums(x), self.logits)


def _bytes(pixels: NDArray) -> NDArray:
    if pixels.dtype != np.uint8:
        raise ValueError(f"the network takes bytes, got {pixels.dtype}")
    return pixels


def _signs(signs: NDArray, shape: tuple[int, int, int]) -> NDArray[np.uint64]:
    """Packed as maps of ``shape``."""
    return kernels.pack_signs(signs.reshape(len(signs), *shape))


def _places(symbols: NDArray, size: int) -> NDArray:
    """Symbols (n, places) of an alphabet."""
    if symbols.dtype.kind not in "iu" or (symbols.size and (symbols.min() < 0 or symbols.max() >= size)):
        raise ValueError(f"the network takes symbols, integers in 0..{size - 1}")
    return symbols.reshape(len(symbols), prod(symbols.shape[1:]))


def _packed(stage: Stage, shape: tuple[int, int, int]) -> PackedStage:
    """A layer of signs whose inputs are maps of ``shape``."""
    return PackedStage(_sign_sums(stage.layer, shape), _least_sums(stage.norm, stage.layer.inputs), stage.plan.pool)


def _sign_sums(layer: BinaryLayer, shape: tuple[int, int, int]) -> Sums:
    words = kernels.pack_signs(_as_maps(layer, shape)).transpose(1, 2, 3, 0)
    kernel = np.ascontiguousarray(words)
    return partial(kernels.sign_sums, kernel=kernel, length=layer.inputs, stride=_stride(layer))


def _of_bytes(stage: Stage, normalisation: Normalisation, shape: tuple[int, int, int]) -> PackedStage:
    """A layer of bytes: a sum s of them is (s - mean * sum of weights) / deviation of normalised ones."""
    weights = torch.from_numpy(_as_maps(stage.layer, shape)).double()
    mean, deviation = normalisation.mean.double(), normalisation.deviation.double()
    if (deviation != deviation.flatten()[0]).any():
        raise ValueError("packed are networks that divide all channels by the same deviation")
    shift = (weights * mean).sum((1, 2, 3))
    thresholds = torch.ceil(_threshold(stage.norm) * deviation.flatten()[0] + shift)
    kernel = np.ascontiguousarray(weights.permute(2, 3, 1, 0).int().numpy())
    sums = partial(kernels.byte_sums, kernel=kernel, stride=_stride(stage.layer))
    return PackedStage(sums, thresholds.clamp(-LARGEST, LARGEST).int().numpy(), stage.plan.pool)


def _looked_up(stage: Stage, symbols: torch.Tensor, shape: tuple[int, int, int]) -> PackedStage:
    """A layer over the whole input, as sums of what each symbol adds at each place."""
    kernel = stage.layer.kernel().detach().float()
    if kernel.dim() > 2 and kernel.shape[2:] != shape[1:]:
        raise ValueError("symbols are looked up by a first layer that spans the whole input")
    places = kernel.reshape(len(kernel), shape[0], -1)
    tables = torch.einsum("ocp,sc->pso", places, stage.layer.activated(symbols))
    sums = partial(kernels.look_up, tables=np.ascontiguousarray(tables.numpy()))
    return PackedStage(sums, _threshold(stage.norm).float().numpy(), stage.plan.pool)


def _as_maps(layer: BinaryLayer, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """The kernel as maps (o, c, h, w); one that spans inputs of ``shape``, as that of a dense layer does, has it."""
    kernel = layer.kernel().detach().float()
    return (kernel.reshape(-1, *shape) if layer.inputs == prod(shape) else kernel).contiguous().numpy()


def _stride(layer: BinaryLayer) -> int:
    return layer.stride if isinstance(layer, BinaryConv2d) else 1


def _threshold(norm: OffsetNorm) -> torch.Tensor:
    """Where the normalised value is zero."""
    deviation = (norm.variance.double() + norm.epsilon).sqrt()
    return (norm.mean - norm.offset.detach() * deviation).double()


@torch.no_grad()
def _all_outputs(norm: OffsetNorm, length: int) -> NDArray[np.float32]:
    """What becomes of the sums -length..length, (2 length + 1, channels), by the normalisation itself."""
    sums = torch.arange(-length, length + 1.0)[:, None].expand(-1, norm.channels)
    training = norm.training
    outputs = norm.eval()(sums.contiguous())
    norm.train(training)
    return outputs.numpy()


def _least_sums(norm: OffsetNorm, length: int) -> NDArray[np.int32]:
    """The least sum of each channel that is not negative after normalisation; length + 1 if none is.

    Asked of the normalisation, sum by sum, so that rounding falls as it does there.
    """
    negative = _all_outputs(norm, length) < 0
    return (negative.sum(0) - length).astype(np.int32)
