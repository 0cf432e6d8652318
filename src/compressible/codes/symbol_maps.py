"""Symbols as images: a channel for each symbol of a place.

symbols (groups, b h w, ...) ──► maps (b, groups * ..., h, w)      and back
"""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from compressible.models import GenerativeAutoencoder
from compressible.models.bottleneck import Bottleneck


@dataclass(frozen=True)
class SymbolLayout:
    """How the symbols of a bottleneck lie.

    Attributes:
        bottleneck: that they come from.
        sizes: axes of a symbol after group and vector.
    """

    bottleneck: Bottleneck
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, bottleneck: Bottleneck) -> "SymbolLayout":
        """Of a bottleneck."""
        return cls(bottleneck, bottleneck.quantizer.symbol_shape)

    @property
    def alphabet(self) -> tuple[int, ...]:
        """Number of symbols of each channel."""
        return tuple(size for size in self.bottleneck.quantizer.alphabet for _ in range(prod(self.sizes)))

    def to_maps(self, symbols: Tensor, grid: tuple[int, int, int]) -> Tensor:
        """Maps (b, channels, h, w) of symbols that lie in a ``grid`` (b, h, w)."""
        b, h, w = grid
        rows = symbols.reshape(len(symbols), b, h, w, prod(self.sizes))
        return rows.permute(1, 0, 4, 2, 3).flatten(1, 2)

    def from_maps(self, maps: Tensor) -> Tensor:
        """Inverse of ``to_maps``."""
        rows = maps.unflatten(1, (-1, prod(self.sizes))).permute(1, 0, 3, 4, 2)
        return rows.reshape(len(rows), -1, *self.sizes)


@torch.no_grad()
def maps_of(model: GenerativeAutoencoder, x: Tensor) -> tuple[Tensor, ...]:
    """Symbols of images in 0..1 as maps, int64, one tensor a bottleneck."""
    levels = zip(model.bottlenecks, model.symbols(x), model.feature_shapes(tuple(x.shape)), strict=True)
    return tuple(_maps(bottleneck, symbols, features) for bottleneck, symbols, features in levels)


def _maps(bottleneck: Bottleneck, symbols: Tensor, features: tuple[int, ...]) -> Tensor:
    b, h, w = bottleneck.partition.grid(features)
    return SymbolLayout.of(bottleneck).to_maps(symbols, (b, h, w))
