"""Images moved by a few pixels, as more images to train on."""

from collections.abc import Iterator
from itertools import product

import torch
from torch import Tensor


def moved_copies(images: Tensor, most: int) -> Iterator[Tensor]:
    """Images (n, c, h, w) moved by each number of rows and columns in -most..most but none; edges are mirrored."""
    height, width = images.shape[2:]
    for down, right in product(range(-most, most + 1), repeat=2):
        if (down, right) != (0, 0):
            yield images[:, :, mirrored(height, down)[:, None], mirrored(width, right)]


def mirrored(side: int, shift: int) -> Tensor:
    """Where each of ``side`` places comes from, moved by ``shift``; beyond an edge it goes on mirrored."""
    last = side - 1
    return last - (last - (torch.arange(side) - shift).abs()).abs()
