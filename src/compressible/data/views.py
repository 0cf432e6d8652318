"""What a network is shown of images: the images themselves, or something that is made of them.

uint8 images ──► kept: small, made once ──► memory ──► a batch ──► shown: what the network takes
"""

from abc import ABC, abstractmethod

import torch.nn.functional as F
from torch import Tensor

THRESHOLD = 127
"""Brighter pixels are white."""


class View(ABC):
    """What a network is shown."""

    def prepare(self) -> None:  # noqa: B027  (most views need nothing)
        """See that nothing is missing. Raises ``DataError`` if something is."""

    def kept(self, images: Tensor) -> Tensor:
        """What is held in memory of uint8 images (n, c, h, w): (n, c', h', w')."""
        return images

    @abstractmethod
    def shown(self, kept: Tensor) -> Tensor:
        """What a network takes of it, (n, c'', h', w')."""

    @abstractmethod
    def bits(self, kept: Tensor) -> int:
        """Bits that one image of ``kept`` is stored in, packed, before any entropy coding."""

    @abstractmethod
    def origin(self) -> str:
        """What it is made by, in a word or two; a model by its hash."""


class Whole(View):
    """The images as they are."""

    def shown(self, kept: Tensor) -> Tensor:
        """The same, uint8."""
        return kept

    def bits(self, kept: Tensor) -> int:
        """Eight a number."""
        return 8 * kept[0].numel()

    def origin(self) -> str:
        """Pixels."""
        return "pixels"


class Blocks(View):
    """Pixels in black and white, those of a block side by side at one place.

    Args:
        side: of a block.
    """

    def __init__(self, side: int = 4) -> None:
        if side < 1:
            raise ValueError(f"side must be positive, got {side}")
        self.side = side

    def shown(self, kept: Tensor) -> Tensor:
        """Signs, int8 (n, c side^2, h / side, w / side): -1 for black and 1 for white."""
        return 2 * F.pixel_unshuffle((kept > THRESHOLD).char(), self.side) - 1

    def bits(self, kept: Tensor) -> int:
        """One a pixel."""
        return kept[0].numel()

    def origin(self) -> str:
        """Pixels."""
        return "pixels in black and white"
