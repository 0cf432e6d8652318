"""Slices of an axis, each a group with a codebook of its own: depthwise quantization and its spatial counterpart.

    z (b, c, h, w), L slices, d = ceil(c / L): the c channels of a position, with zeros up to L d, are L vectors (d,)

    channel: a group is one of these vectors at all positions         ──► (L, b*h*w, d)
    space:   a group is all L of them at one of L runs of positions   ──► (L, b*m*L, d),  m = ceil(h w / L)

Both cut the same vectors and make as many groups; who shares a codebook differs. An image has h w vectors a group
either way if L divides h w; if not, the last run of positions is filled up with zeros, and space has a few more.

Fostiropoulos & Boehm 2022, "Depthwise Quantization", sections 4 and 5.1: channel is its depth-wise cut; space is its
pixel-wise one, where the runs are the rows of a 7 x 7 feature map and L is 7.
"""

from math import prod
from typing import Literal, get_args

import torch.nn.functional as F
from torch import Tensor

from compressible.partitions.base import Partition

Axis = Literal["channel", "space"]


class Slices(Partition):
    """L groups: slices of the channels, or runs of positions in reading order.

    Args:
        slices: L.
        axis: what is sliced.
    """

    patch = (1, 1)

    def __init__(self, slices: int, axis: Axis = "channel") -> None:
        if slices < 1:
            raise ValueError(f"slices must be positive, got {slices}")
        if axis not in get_args(Axis):
            raise ValueError(f"axis must be one of {', '.join(get_args(Axis))}, got {axis}")
        self.slices = slices
        self.axis: Axis = axis

    def cut(self, tensor: Tensor) -> Tensor:
        """Vectors (L, n, d) of a feature map (b, c, h, w)."""
        b, c, h, w = tensor.shape
        d, positions = self.dimension(c), self._positions(h, w)
        padded = F.pad(tensor.flatten(2), (0, positions - h * w, 0, self.slices * d - c))
        if self.axis == "channel":
            vectors = padded.reshape(b, self.slices, d, positions).permute(1, 0, 3, 2)
        else:
            vectors = padded.reshape(b, self.slices, d, self.slices, positions // self.slices).permute(3, 0, 4, 1, 2)
        return vectors.reshape(self.slices, prod(self.grid(tuple(tensor.shape))), d)

    def restore(self, vectors: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Feature map of ``shape`` (b, c, h, w) from its vectors."""
        b, c, h, w = shape
        d, positions = self.dimension(c), self._positions(h, w)
        if self.axis == "channel":
            pieces = vectors.reshape(self.slices, b, positions, d).permute(1, 0, 3, 2)
        else:
            pieces = vectors.reshape(self.slices, b, positions // self.slices, self.slices, d).permute(1, 3, 4, 0, 2)
        padded = pieces.reshape(b, self.slices * d, positions)
        return padded[:, :c, : h * w].reshape(shape)

    def groups(self, channels: int) -> int:
        """L."""
        return self.slices

    def dimension(self, channels: int) -> int:
        """ceil(c / L)."""
        return -(-channels // self.slices)

    def grid(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """(b, h, w), or for space (b, m, L): the positions of a run, and the vectors of a position."""
        b, _, h, w = shape
        return (b, h, w) if self.axis == "channel" else (b, self._positions(h, w) // self.slices, self.slices)

    def _positions(self, h: int, w: int) -> int:
        """Positions of a feature map, those included that fill up the last run."""
        return h * w if self.axis == "channel" else -(-h * w // self.slices) * self.slices
