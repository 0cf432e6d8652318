"""Random networks, made small and read again.

As a program it measures the memory of one way in a process of its own; ``weight_files.py`` starts it.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle
from math import prod, sqrt

import numpy as np
import torch
from torch import Tensor

from benchmarks.memory import peak_bytes
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.models.resnet import ResNet
from compressible.weights.one_shot import OneShot, compress_tensors
from compressible.weights.state import state_of, tensors_of

HOW = OneShot()
"""What ``compressible weights compress`` does unless told otherwise."""


@dataclass(frozen=True)
class Network:
    """A residual network of the CIFAR-10 kind.

    Attributes:
        name: for the reader.
        depth: layers with weights.
        width: channels of the first stage; the number of weights grows with its square.
    """

    name: str
    depth: int
    width: int


TINY = Network("tiny", depth=8, width=8)


def random_state(network: Network) -> dict[str, Tensor]:
    """The state of a network with random weights, always the same.

    Kernels and matrices are Gaussian and Laplacian in turns. Their standard deviation is that of He et al. 2015, times
    a factor of its own for each, between a half and two: trained layers differ as much. What has one axis is near 1.
    """
    rng = np.random.default_rng(0)
    with torch.device("meta"):
        empty = ResNet(network.depth, network.width).state_dict()
    distributions = cycle((gaussian, laplacian))
    state: dict[str, Tensor] = {}
    for name, like in empty.items():
        shape = tuple(like.shape)
        if like.dim() > 1:
            deviation = sqrt(2 / prod(shape[1:])) * 2 ** rng.uniform(-1, 1)
            state[name] = torch.from_numpy(next(distributions)(rng, shape)).mul_(deviation)
        elif like.is_floating_point():
            state[name] = torch.from_numpy(gaussian(rng, shape)).mul_(0.2).add_(1)
        else:
            state[name] = torch.zeros(shape, dtype=like.dtype)
    return state


def gaussian(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Of variance 1, float32."""
    return rng.standard_normal(shape, dtype=np.float32)


def laplacian(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Of variance 1, float32: the difference of two exponentials has variance 2."""
    one, other = (rng.standard_exponential(shape, dtype=np.float32) for _ in range(2))
    return (one - other) / np.float32(sqrt(2))


def compress(state: Mapping[str, Tensor]) -> bytes:
    """A state dict as a weight file."""
    return encode_weights(compress_tensors(tensors_of(state), HOW))


def decompress(data: bytes) -> dict[str, Tensor]:
    """A weight file as a state dict."""
    return state_of(decode_weights(data))


def compression(network: Network) -> Callable[[], bytes]:
    """The call that makes a weight file, its input at hand."""
    return partial(compress, random_state(network))


def decompression(network: Network) -> Callable[[], dict[str, Tensor]]:
    """The call that reads one, its input at hand."""
    return partial(decompress, compress(random_state(network)))


WAYS: Mapping[str, Callable[[Network], Callable[[], object]]] = {
    "compress": compression,
    "decompress": decompression,
}


@dataclass(frozen=True)
class MemoryCase:
    """One of ``WAYS`` with one network."""

    way: str
    network: Network
    repetitions: int


def encode_case(case: MemoryCase) -> str:
    """A case as the program's argument."""
    return json.dumps(asdict(case))


def main(argument: str) -> None:
    """Print the peaks of a case, in bytes, as a JSON list."""
    fields = json.loads(argument)
    case = MemoryCase(**fields | {"network": Network(**fields["network"])})
    # Libraries allocate once; a few weights set them up without claiming what is to be measured.
    WAYS[case.way](TINY)()
    call = WAYS[case.way](case.network)
    print(json.dumps([peak_bytes(call) for _ in range(case.repetitions)]))


if __name__ == "__main__":
    main(sys.argv[1])
