"""A network of signs as a weight file.

latent weights of binary layers ──► their signs: symbols of one stream with the centers -1 and 1
all other entries ────────────────► as they are

A network that reads it back gives the same outputs: the sign of a sign is the same.
"""

import numpy as np
from torch import nn

from compressible.bitstream.codebooks import ListedCenters
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import PlainTensor, QuantizedTensor, Tensor
from compressible.bitstream.weights import WeightFile
from compressible.models.binary_layers import LATENT, BinaryLayer
from compressible.weights.state import tensors_of

_SIGNS = ListedCenters(np.array([-1, 1], np.float16))


def binary_weight_file(network: nn.Module) -> WeightFile:
    """All that the state of ``network`` holds, of latent weights the signs."""
    layers = {name for name, module in network.named_modules() if isinstance(module, BinaryLayer) and module.binary}
    latent = {f"{name}.{LATENT}" for name in layers}
    tensors = tensors_of(network.state_dict())
    return WeightFile(
        tuple(signs_of(t) if isinstance(t, PlainTensor) and t.name in latent else t for t in tensors),
        (Stream(_SIGNS, CoderKind.RANGE),) if latent else (),
    )


def signs_of(tensor: PlainTensor) -> Tensor:
    """The signs of a tensor, in stream 0; zero counts as positive."""
    return QuantizedTensor(tensor.name, DType.FLOAT32, 0, (tensor.values >= 0).astype(np.uint8))
