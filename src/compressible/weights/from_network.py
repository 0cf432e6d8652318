"""A quantized network as a weight file: what was trained, as it is evaluated.

symbols, centers, scales ─► streams and quantized tensors
all other entries        ─► plain tensors, float32 ones in half precision if that holds them
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from compressible.bitstream.codebooks import ListedCenters
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import QuantizedTensor
from compressible.bitstream.weights import WeightFile
from compressible.models.quantized_network import QuantizedNetwork
from compressible.weights.mantissas import rounded
from compressible.weights.state import tensors_of


def weight_file(model: QuantizedNetwork, coder: CoderKind, mantissa: int = 10) -> WeightFile:
    """Everything the network's state holds. Centers that no weight uses are left out.

    Args:
        model: the trained network; its symbols need not be fixed.
        coder: of the symbols.
        mantissa: bits of mantissa that are kept of what is not quantized and fits half precision, which has 10.
    """
    symbols, centers = _used(model)
    quantized = _quantized(model, symbols)
    state = {name: _halved(value) for name, value in model.network.state_dict(keep_vars=False).items()}
    tensors = [rounded(t, mantissa) if state[t.name].dtype == torch.float16 else t for t in tensors_of(state)]
    streams = tuple(Stream(ListedCenters(values), coder) for values in centers)
    return WeightFile(tuple(quantized.get(t.name, t) for t in tensors), streams)


def _used(model: QuantizedNetwork) -> tuple[list[Tensor], list[np.ndarray]]:
    """Symbols (1, n) counted among the centers in use, and those centers in half precision."""
    symbols, centers = [], []
    for quantizer, own in zip(model.all_quantizers(), model.symbols(), strict=True):
        used, renumbered = own.unique(return_inverse=True)
        centers.append(quantizer.dequantize(used[None]).detach().flatten().half().cpu().numpy())
        symbols.append(renumbered[..., None])
    return symbols, centers


def _quantized(model: QuantizedNetwork, symbols: list[Tensor]) -> Mapping[str, QuantizedTensor]:
    stream_of = {name: stream for stream, group in enumerate(model.partition.groups) for name in group}
    scales = model.scales()
    found: dict[str, QuantizedTensor] = {}
    for name, values in model.partition.restore(symbols).items():
        by_slice = scales[name].numel() > 1
        scale = scales[name].flatten().half().cpu().numpy()
        found[name] = QuantizedTensor(
            name, DType.FLOAT32, stream_of[name], values.cpu().numpy(), scale if by_slice else scale.reshape(())
        )
    return found


def _halved(value: Tensor) -> Tensor:
    """Float32 in half precision where that can hold it: a large running variance stays as it is."""
    half = value.half() if value.dtype == torch.float32 else value
    return half if torch.equal(half.isfinite(), value.isfinite()) else value
