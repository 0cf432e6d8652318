"""What a network costs, layer by layer: numbers to store, and products to add up for one item.

    network, example ──► one pass, looked on ──► profile(network, example).layers, .total

A multiply-accumulate (MAC) of two signs takes one bit, any other is one of 32-bit numbers, whatever its factors are.
That is how binary networks are counted (Larq's ``summary``). What a 32-bit MAC really takes stands beside it: where one
factor is a sign, nothing is multiplied; where the input is one-hot, one 1 among the channels of a place and 0 in all
others, each place is looked up, which is one addition.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from compressible.models.binary_layers import BinaryLayer
from compressible.models.offset_norm import OffsetNorm
from compressible.models.quantized_network import QuantizedNetwork
from compressible.models.replicas import Replicas
from compressible.quantizers import Depthwise, SoftToHard, Vector


@dataclass(frozen=True)
class Cost:
    """Costs of one item.

    Attributes:
        one_bit_weights: parameters of which only the sign counts.
        numbers: all other parameters; of a batch normalisation two a channel, which is all that inference needs.
        one_bit_macs: products of two signs.
        macs: all other products, with those of zeros: counted densely. Padding counts as input.
        additions: of these MACs, those that are to be added.
        multiplications: of these MACs, those that are to be multiplied.
    """

    one_bit_weights: int = 0
    numbers: int = 0
    one_bit_macs: int = 0
    macs: int = 0
    additions: int = 0
    multiplications: int = 0

    @property
    def parameters(self) -> int:
        """One-bit ones and others."""
        return self.one_bit_weights + self.numbers

    @property
    def float32_bytes(self) -> int:
        """Four bytes a parameter."""
        return 4 * self.parameters

    @property
    def packed_bytes(self) -> int:
        """Eight one-bit weights a byte, and four bytes any other number."""
        return -(-self.one_bit_weights // 8) + 4 * self.numbers

    def __add__(self, other: "Cost") -> "Cost":
        """Both together."""
        return Cost(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Cost)))


@dataclass(frozen=True)
class LayerCost:
    """What one layer costs.

    Attributes:
        name: of the module in the network.
        kind: its class.
        cost: its own, without that of modules inside it.
    """

    name: str
    kind: str
    cost: Cost


@dataclass(frozen=True)
class Profile:
    """What a network costs.

    Attributes:
        layers: those that cost anything, in the order of the network's modules.
    """

    layers: tuple[LayerCost, ...]

    @property
    def total(self) -> Cost:
        """Of all layers."""
        return sum((layer.cost for layer in self.layers), Cost())


@torch.no_grad()
def profile(network: nn.Module, example: Tensor) -> Profile:
    """Count what ``network`` costs.

    Products are counted of convolutions, transposed ones (all that their inputs take part in), matrix products,
    projections in front of codebooks and searches for the nearest code (as many as entries of codes, a vector); those
    of normalisations, of fixed transforms and of the search on a pyramid are not, nor what it takes to quantize
    weights. Parameters are those of all layers, each once.

    Args:
        network: called once, in eval mode; its mode is put back afterwards.
        example: a batch (n, ...) that it takes, of which it matters what is one-hot; additions are rounded means over
            the batch.

    Raises:
        ValueError: there are ``Replicas`` in it, which hide their layers.
    """
    if any(isinstance(module, Replicas) for module in network.modules()):
        raise ValueError("replicas hide their layers: what one of them costs is told by a network like them")
    found: dict[str, Cost] = {}
    names = {module: name for name, module in network.named_modules()}

    def watch(module: nn.Module, given: tuple[Tensor, ...], output: object) -> None:
        cost = _products(module, given[0], output)
        found[names[module]] = found.get(names[module], Cost()) + cost

    # Weights are quantized once, however many items there are.
    of_weights = {
        own for module in names if isinstance(module, QuantizedNetwork) for own in module.quantizers.modules()
    }
    watched = [module for module in names if isinstance(module, _COUNTED) and module not in of_weights]
    handles = [module.register_forward_hook(watch) for module in watched]
    modes = {module: module.training for module in names}
    network.eval()
    try:
        network(example)
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in modes.items():
            module.training = mode
    stored = _stored(names)
    layers: list[LayerCost] = []
    for module, name in names.items():
        cost = stored[name] + _for_one(found.get(name, Cost()), len(example))
        if cost != Cost():
            layers.append(LayerCost(name, type(module).__name__, cost))
    return Profile(tuple(layers))


_COUNTED = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear, BinaryLayer, Depthwise, Vector, SoftToHard)
_NORMALISATIONS = (nn.modules.batchnorm._BatchNorm, OffsetNorm)


def _stored(names: dict[nn.Module, str]) -> dict[str, Cost]:
    """Parameters of each module, by its name; those of several modules with the first."""
    seen: set[int] = set()
    costs: dict[str, Cost] = {}
    for module, name in names.items():
        own = [p for p in module.parameters(recurse=False) if id(p) not in seen]
        seen.update(map(id, own))
        count = sum(parameter.numel() for parameter in own)
        if isinstance(module, _NORMALISATIONS):
            channels = module.channels if isinstance(module, OffsetNorm) else module.num_features
            costs[name] = Cost(numbers=2 * channels)
        elif isinstance(module, BinaryLayer) and module.binary:
            costs[name] = Cost(one_bit_weights=count)
        else:
            costs[name] = Cost(numbers=count)
    return costs


def _products(module: nn.Module, x: Tensor, output: object) -> Cost:
    """Products of a call with a whole batch."""
    match module:
        case BinaryLayer():
            return _binary_products(module, x, cast(Tensor, output))
        case nn.Conv2d():
            count = cast(Tensor, output).numel() * module.weight[0].numel()
            ones = torch.ones_like(module.weight)
            return _float_products(count, x, lambda own: module._conv_forward(own, ones, None))
        case nn.ConvTranspose2d():
            return Cost(macs=(count := x.numel() * module.weight[0].numel()), additions=count, multiplications=count)
        case nn.Linear():
            count = cast(Tensor, output).numel() * module.in_features
            return _float_products(count, x, lambda own: F.linear(own, torch.ones_like(module.weight)))
        case Depthwise():
            count = 0 if module.projection is None else x.numel() * module.projection.shape[-1]
            return Cost(macs=count, additions=count, multiplications=count)
        case Vector() | SoftToHard():
            count = x[0].numel() * sum(module.alphabet)
            return Cost(macs=count, additions=count, multiplications=count)
        case _:
            raise TypeError(f"products of {type(module).__name__} are not counted")


def _binary_products(layer: BinaryLayer, x: Tensor, output: Tensor) -> Cost:
    count = output.numel() * layer.inputs
    signs = layer.activation == "sign"
    if signs and layer.binary:
        return Cost(one_bit_macs=count)
    cost = _float_products(count, layer.activated(x), lambda own: layer.combine(own, torch.ones_like(layer.stored)))
    multiplications = 0 if signs or layer.binary else cost.multiplications
    return Cost(macs=count, additions=cost.additions, multiplications=multiplications)


def _float_products(count: int, x: Tensor, sums: Callable[[Tensor], Tensor]) -> Cost:
    """Of ``count`` products; ``sums`` says how often each input is used, by products with ones."""
    if _is_one_hot(x):
        return Cost(macs=count, additions=int(sums(x).double().sum().item()))
    return Cost(macs=count, additions=count, multiplications=count)


def _is_one_hot(x: Tensor) -> bool:
    """Whether there is one 1 among the channels of each place, of (b, c, h, w), or in each row, of (..., c)."""
    channels = 1 if x.dim() == 4 else -1
    ones = x == 1
    return x.shape[channels] > 1 and bool(((x == 0) | ones).all() and (ones.sum(channels) == 1).all())


def _for_one(cost: Cost, items: int) -> Cost:
    return Cost(*(round(getattr(cost, field.name) / items) for field in fields(Cost)))
