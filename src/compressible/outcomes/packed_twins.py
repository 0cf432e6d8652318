"""Trained binary networks against their packed forms, on real images.

images ─┬─► network ──────────────► classes ──┐
        └─► symbols, if few ─► packed ────────┴─► on how many do they agree?
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from compressible.metrics.right_answers import guesses
from compressible.models import BinaryNet
from compressible.models.packed_binary_net import PackedBinaryNet

MOST_SYMBOLS = 256
"""Of an alphabet whose look-up is worth its memory."""


class Symbols(NamedTuple):
    """Images whose places show few different vectors.

    Attributes:
        shown: each of these once, (L, c).
        maps: which of them there is, (n, 1, h, w) int64.
    """

    shown: Tensor
    maps: NDArray[np.int64]


class PackedTwins:
    """What packed networks say of the same images.

    Args:
        images: what the networks take, (n, c, h, w).
    """

    def __init__(self, images: Tensor) -> None:
        self.images = images

    def agreements(self, network: nn.Module) -> tuple[int, ...]:
        """Number of images that both forms give the same class; none if there is no packed form."""
        found = self._packed_guesses(network)
        return () if found is None else (int((found == guesses(network, self.images).numpy()).sum()),)

    def _packed_guesses(self, network: nn.Module) -> NDArray[np.int64] | None:
        if not isinstance(network, BinaryNet):
            return None
        if (packed := _packed(network)) is not None:
            return packed(self.images.numpy())
        # Its first layer takes symbols, or nothing that is packed.
        if (symbols := self._symbols) is None:
            return None
        packed = _packed(network, symbols.shown)
        return None if packed is None else packed(symbols.maps)

    @cached_property
    def _symbols(self) -> Symbols | None:
        n, c, h, w = self.images.shape
        places = self.images.permute(0, 2, 3, 1).reshape(-1, c)
        shown, which = places.unique(dim=0, return_inverse=True)
        return Symbols(shown, which.reshape(n, 1, h, w).numpy()) if len(shown) <= MOST_SYMBOLS else None


def _packed(network: BinaryNet, shown: Tensor | None = None) -> PackedBinaryNet | None:
    """None of a network that has no such form."""
    try:
        return PackedBinaryNet.of(network, shown)
    except ValueError:
        return None
