"""How coarsely each kernel of an image model can be stored, so that all together do least harm for what they save.

    photographs ─► network ───────────────────────────► pictures ─┐
                └► the same with one kernel on a grid ► pictures ─┴► squared error = slope * step^2

A kernel of n weights takes n bits less whenever its step is doubled. Of all steps whose squared errors have the same
sum, those save most at which the error of each kernel is in proportion to its n; that is where the derivatives of bits
and error by the logarithm of the step have the same ratio for all kernels. The kernel that draws the pixels has few
weights and gets a fine grid, the residual branches have many and get coarse ones.

The bottleneck lets features through meanwhile: what an encoder's kernel changes of them then shows as what it adds to
the error of quantization, smoothly, and not as single symbols that flip.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf, sqrt
from statistics import fmean

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from compressible.bitstream import tensors as stored
from compressible.bitstream.weights import WeightFile
from compressible.codecs.exported import NETWORK, is_halved
from compressible.models import ImageAutoencoder
from compressible.weights.grid import quantize_on_grid
from compressible.weights.on_grid import quantize_tensors
from compressible.weights.one_shot import COARSEST, MIN_VALUES

FINE = 0.1
"""The step at which slopes are measured, in a kernel's root mean squares: where errors still grow with its square."""


@dataclass(frozen=True)
class Kernel:
    """What one kernel's step does.

    Attributes:
        size: n, number of weights.
        scale: their root mean square.
        slope: the mean squared error that a step of 1 would add to the network's pictures, in squared errors that the
            model makes anyway.
    """

    size: int
    scale: float
    slope: float


@torch.inference_mode()
def measure_kernels(network: ImageAutoencoder, photographs: Sequence[np.ndarray]) -> dict[str, Kernel]:
    """Each kernel by its name in the network's state.

    Args:
        network: a trained one, in evaluation mode on the CPU.
        photographs: (h, w, 3) uint8, not smaller than the network's stride.
    """
    batches = [_batch(photograph, network.stride) for photograph in photographs]
    own = [_squared_error(network.reconstruct(network.symbols(x), tuple(x.shape)), x) for x in batches]
    kernels: dict[str, Kernel] = {}
    with _features_let_through(network):
        intact = [network(x).x_hat for x in batches]
        for name, values in network.named_parameters():
            scale = float(values.square().mean().sqrt())
            if not is_halved(name, values) or values.dim() < 2 or values.numel() < MIN_VALUES or scale == 0:
                continue
            step = FINE * scale
            coarse = {name: step * torch.from_numpy(quantize_on_grid(values.numpy(), step)).float()}
            added = [
                _squared_error(functional_call(network, coarse, (x,)).x_hat, x_hat) / error
                for x, x_hat, error in zip(batches, intact, own, strict=True)
            ]
            kernels[name] = Kernel(values.numel(), scale, fmean(added) / step**2)
    return kernels


def steps(kernels: Mapping[str, Kernel], tolerance: float) -> dict[str, float]:
    """The step for each kernel.

    Args:
        kernels: at least one.
        tolerance: squared error that all kernels may add together, in squared errors that the model makes anyway.
    """
    share = tolerance / sum(kernel.size for kernel in kernels.values())
    return {
        name: min(sqrt(share * kernel.size / kernel.slope) if kernel.slope else inf, COARSEST * kernel.scale)
        for name, kernel in kernels.items()
    }


def shrink(tensors: Sequence[stored.Tensor], kernels: Mapping[str, Kernel], tolerance: float) -> WeightFile:
    """The tensors of a model file with its kernels quantized; arguments otherwise as for ``steps``."""
    return quantize_tensors(tensors, {f"{NETWORK}{name}": step for name, step in steps(kernels, tolerance).items()})


def _batch(photograph: np.ndarray, stride: int) -> Tensor:
    """The part (1, 3, h, w) whose sides are multiples of ``stride``, in 0..1."""
    height, width = (side // stride * stride for side in photograph.shape[:2])
    # A copy, as photographs in a cache are read-only.
    return torch.from_numpy(np.array(photograph[:height, :width])).permute(2, 0, 1)[None].float() / 255


def _squared_error(x_hat: Tensor, x: Tensor) -> float:
    """Mean, of pictures as they are shown."""
    return float((x_hat.clamp(0, 1) - x.clamp(0, 1)).square().mean())


@contextmanager
def _features_let_through(network: ImageAutoencoder) -> Iterator[None]:
    before = [bottleneck.bypass for bottleneck in network.bottlenecks]
    try:
        for bottleneck in network.bottlenecks:
            bottleneck.bypass = True
        yield
    finally:
        for bottleneck, bypass in zip(network.bottlenecks, before, strict=True):
            bottleneck.bypass = bypass
