"""A bottleneck: a partition and a quantizer where a feature map passes through.

z (b, c, h, w) ──► cut ──► (groups, n, d) ──► quantizer ──► restore ──► z_hat (b, c, h, w)
"""

import torch
from torch import Tensor, nn

from compressible.partitions import Partition
from compressible.quantizers import Identity, Quantized, QuantizerFactory


class Bottleneck(nn.Module):
    """Quantizes a feature map.

    In SHVQ's first training stage ``bypass`` lets the features through as they are, and only the first
    ``active_channels`` of them, the others being zero.

    Args:
        channels: channels of the feature map.
        partition: how the feature map is cut into vectors.
        quantizer: what happens to the vectors, short of the sizes that the partition settles.
    """

    def __init__(self, channels: int, partition: Partition, quantizer: QuantizerFactory) -> None:
        super().__init__()
        groups, dimension = partition.groups(channels), partition.dimension(channels)
        self.partition = partition
        self.quantizer = quantizer(groups=groups, dimension=dimension)
        self.identity = Identity(groups, dimension)
        self.channels = channels
        self.bypass = False
        self.active_channels = channels

    def forward(self, z: Tensor) -> tuple[Tensor, Quantized]:
        """The feature map the network goes on with, and what the quantizer made of its vectors."""
        if self.active_channels < self.channels:
            z = torch.cat([z[:, : self.active_channels], torch.zeros_like(z[:, self.active_channels :])], dim=1)
        quantizer = self.identity if self.bypass else self.quantizer
        quantized = quantizer(self.partition.cut(z))
        return self.partition.restore(quantized.z_hat, tuple(z.shape)), quantized

    def initialise(self, z: Tensor) -> None:
        """Fit the quantizer to a feature map."""
        self.quantizer.initialise(self.partition.cut(z).float())

    def symbols(self, z: Tensor) -> Tensor:
        """Hard symbols of a feature map."""
        return self.quantizer.symbols(self.partition.cut(z))

    def restore(self, symbols: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Feature map of ``shape`` decoded from its symbols."""
        return self.partition.restore(self.quantizer.dequantize(symbols), shape)
