"""A bottleneck behind a projection of its own, which settles what its codebooks see.

    z (b, c, h, w) ──► 1x1 convolutions, side by side, D channels each ──► normalisation ──► copies ──► bottleneck

Depthwise quantization (Fostiropoulos & Boehm 2022, section 4.2) has one projection for each of L codebooks. The VQ-VAE
it is compared with has one for all, and each codebook quantizes a copy of it. Codebooks follow where vectors go, and
need no normalisation; a fixed lattice is used evenly only if they are spread evenly in all dimensions.
"""

from collections.abc import Callable

from torch import Tensor, nn

from compressible.models.bottleneck import Bottleneck
from compressible.partitions import Partition
from compressible.quantizers import Quantized, QuantizerFactory


class ProjectedBottleneck(nn.Module):
    """Quantizes projections of a feature map.

    Args:
        inputs: c, channels of the feature map.
        dimension: D, channels of a projection.
        projections: how many there are, side by side.
        copies: how often they are repeated before they are cut.
        partition: how they are cut into vectors.
        quantizer: what happens to the vectors.
        normalisation: of so many channels of the projections.

    Attributes:
        channels: of what is quantized and comes out, D * projections * copies.
    """

    def __init__(
        self,
        inputs: int,
        dimension: int,
        projections: int,
        copies: int,
        partition: Partition,
        quantizer: QuantizerFactory,
        normalisation: Callable[[int], nn.Module] = nn.Identity,
    ) -> None:
        super().__init__()
        # One convolution is the same as several side by side.
        self.projection = nn.Conv2d(inputs, dimension * projections, 1)
        self.normalisation = normalisation(dimension * projections)
        self.copies = copies
        self.channels = dimension * projections * copies
        self.bottleneck = Bottleneck(self.channels, partition, quantizer)

    def forward(self, z: Tensor) -> tuple[Tensor, Quantized]:
        """The feature map (b, channels, h, w) the network goes on with, and what the quantizer made of its vectors."""
        return self.bottleneck(self.project(z))

    def project(self, z: Tensor) -> Tensor:
        """What is quantized, (b, channels, h, w)."""
        return self.normalisation(self.projection(z)).repeat(1, self.copies, 1, 1)
