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
    """Squares in black and white, those of a block side by side at one place.

    Args:
        side: of a block, in pixels.
        square: pixels of a square's side; it is white if its mean is bright.
    """

    def __init__(self, side: int = 4, square: int = 1) -> None:
        if square < 1 or side < 1 or side % square:
            raise ValueError(f"side must be a multiple of square, and both positive, got {side} and {square}")
        self.side = side
        self.square = square

    def shown(self, kept: Tensor) -> Tensor:
        """Signs, int8 (n, c (side / square)^2, h / side, w / side): -1 for black and 1 for white."""
        white = F.avg_pool2d(kept.float(), self.square) > THRESHOLD
        return 2 * F.pixel_unshuffle(white.char(), self.side // self.square) - 1

    def bits(self, kept: Tensor) -> int:
        """One a square."""
        return kept[0].numel() // self.square**2

    def origin(self) -> str:
        """Pixels, or squares of them."""
        squares = "pixels" if self.square == 1 else f"squares of {self.square} x {self.square} pixels"
        return f"{squares} in black and white"
