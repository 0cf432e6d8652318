"""Patches of each channel: SHVQ's cut of a bottleneck.

    z (b, c, h, w) ──► one group a channel, one vector a p_h x p_w patch ──► (c, b*h'*w', p_h*p_w)

Agustsson et al. 2017, "Soft-to-Hard Vector Quantization", section 4.
"""

import torch.nn.functional as F
from torch import Tensor

from compressible.partitions.base import Partition


class Patches(Partition):
    """Non-overlapping patches; each channel is a group. 1 x 1 patches make scalar quantization.

    Sides that are no multiple of the patch are padded by repeating the edge, and cropped again on the way back.

    Args:
        height: p_h, rows of a patch.
        width: p_w, columns of a patch.
    """

    def __init__(self, height: int = 2, width: int = 2) -> None:
        if height < 1 or width < 1:
            raise ValueError(f"a patch needs positive sides, got {height} x {width}")
        self.height = height
        self.width = width
        self.patch = (height, width)

    def cut(self, tensor: Tensor) -> Tensor:
        """Patches (c, b*h'*w', p_h*p_w) of a feature map (b, c, h, w)."""
        b, c, h, w = tensor.shape
        rows, columns = self.grid(tuple(tensor.shape))[1:]
        padding = (0, columns * self.width - w, 0, rows * self.height - h)
        if any(padding):
            tensor = F.pad(tensor, padding, mode="replicate")
        patches = tensor.reshape(b, c, rows, self.height, columns, self.width).permute(1, 0, 2, 4, 3, 5)
        return patches.reshape(c, b * rows * columns, self.height * self.width)

    def restore(self, vectors: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Feature map of ``shape`` (b, c, h, w) from its patches."""
        b, c, h, w = shape
        rows, columns = self.grid(shape)[1:]
        patches = vectors.reshape(c, b, rows, columns, self.height, self.width).permute(1, 0, 2, 4, 3, 5)
        return patches.reshape(b, c, rows * self.height, columns * self.width)[:, :, :h, :w]

    def groups(self, channels: int) -> int:
        """One a channel."""
        return channels

    def dimension(self, channels: int) -> int:
        """p_h * p_w."""
        return self.height * self.width

    def grid(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """(b, h', w')."""
        b, _, h, w = shape
        return b, -(-h // self.height), -(-w // self.width)
