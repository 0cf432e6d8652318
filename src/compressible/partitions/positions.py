"""The channel vector at each position: one symbol per place, the cut of VQ-VAE and of LTC's vector form.

    z (b, c, h, w) ──► one group, one vector a position ──► (1, b*h*w, c)

van den Oord et al. 2017, "Neural Discrete Representation Learning", section 3.
"""

from torch import Tensor

from compressible.partitions.base import Partition


class Positions(Partition):
    """All channels of a position form one vector of one group."""

    patch = (1, 1)

    def cut(self, tensor: Tensor) -> Tensor:
        """Channel vectors (1, b*h*w, c) of a feature map (b, c, h, w)."""
        return tensor.permute(0, 2, 3, 1).reshape(1, -1, tensor.shape[1])

    def restore(self, vectors: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Feature map of ``shape`` (b, c, h, w) from its channel vectors."""
        b, c, h, w = shape
        return vectors.reshape(b, h, w, c).permute(0, 3, 1, 2)

    def groups(self, channels: int) -> int:
        """One."""
        return 1

    def dimension(self, channels: int) -> int:
        """As many as there are channels."""
        return channels

    def grid(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """(b, h, w)."""
        b, _, h, w = shape
        return b, h, w
