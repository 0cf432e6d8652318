"""The discrete cosine transform of blocks, the transform of JPEG.

    D_kn = a_k cos(pi k (2 n + 1) / 2 s),  a_0 = sqrt(1 / s),  a_k = sqrt(2 / s)        block X ──► D X D^T

Ahmed, Natarajan & Rao 1974, "Discrete cosine transform": type II, orthonormal.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.models.transform import Transform


class BlockDct(Transform):
    """Coefficients of s x s blocks, those of a block row by row, lowest frequency first.

    Args:
        size: s, side of a block.
    """

    basis: Tensor
    halo = 0

    def __init__(self, size: int = 8) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f"size must be positive, got {size}")
        self.stride = size
        rows = dct_matrix(size)
        self.register_buffer("basis", torch.kron(rows, rows).float(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Coefficients (b, c s^2, h/s, w/s) of ``x`` (b, c, h, w)."""
        return self._each_block(self.basis, F.pixel_unshuffle(x, self.stride))

    def inverse(self, z: Tensor) -> Tensor:
        """The ``x`` whose coefficients are ``z``."""
        return F.pixel_shuffle(self._each_block(self.basis.mT, z), self.stride)

    def _each_block(self, matrix: Tensor, blocks: Tensor) -> Tensor:
        """``matrix`` times the s^2 channels that belong to a colour, at each place."""
        split = blocks.unflatten(1, (-1, self.stride**2))
        return torch.einsum("kp,bcphw->bckhw", matrix, split).flatten(1, 2)


def dct_matrix(size: int) -> Tensor:
    """D, (size, size) float64; its rows are orthonormal."""
    k, n = torch.arange(size, dtype=torch.float64)[:, None], torch.arange(size, dtype=torch.float64)
    rows = torch.cos(math.pi * k * (2 * n + 1) / (2 * size)) * math.sqrt(2 / size)
    rows[0] = math.sqrt(1 / size)
    return rows
