"""A picture codec without learning, as the standards have it: colours, a transform, a bottleneck, and all of it back.

    x in 0..1 ─► 8-bit levels around zero ─► Y, Cb, Cr ─► transform ─► z ─► bottleneck ─► z_hat
    x_hat ◄──────────────────────────────────────────── inverse ◄──────────────────────────┘

Colours are those of JFIF (ITU-T T.871) and of JPEG 2000's irreversible transform, without rounding.
"""

import torch
from torch import Tensor

from compressible.models.base import OneBottleneckAutoencoder
from compressible.models.bottleneck import Bottleneck
from compressible.models.transform import Transform
from compressible.partitions import Partition
from compressible.quantizers import QuantizerFactory

RED, GREEN, BLUE = 0.299, 0.587, 0.114
"""Luminance of each primary, ITU-R BT.601."""


class TransformAutoencoder(OneBottleneckAutoencoder):
    """A fixed transform with a bottleneck; z is in levels of 8 bits.

    Args:
        transform: of each of the three colour planes.
        partition: how the coefficients are cut into vectors.
        quantizer: what happens to the vectors.
    """

    encoder_parameters = "encoder."
    colours: Tensor

    def __init__(self, transform: Transform, partition: Partition, quantizer: QuantizerFactory) -> None:
        super().__init__()
        self.transform = transform
        self.channels = 3 * transform.stride**2
        self.bottleneck = Bottleneck(self.channels, partition, quantizer)
        self.stride = transform.stride
        self.halo = transform.halo
        self.register_buffer("colours", ycbcr(), persistent=False)

    def encode(self, x: Tensor) -> Tensor:
        """Coefficients (b, 3 stride^2, h/stride, w/stride) of images (b, 3, h, w) in 0..1."""
        return self.transform(_mix(self.colours, 255 * x - 128))

    def decode(self, z_hat: Tensor) -> Tensor:
        """Images (b, 3, h, w), nominally in 0..1, from coefficients."""
        return (_mix(torch.linalg.inv(self.colours), self.transform.inverse(z_hat)) + 128) / 255


def ycbcr() -> Tensor:
    """Matrix (3, 3) from red, green and blue to Y, Cb and Cr, all with the range of the primaries."""
    luminance = torch.tensor([RED, GREEN, BLUE])
    red, _, blue = torch.eye(3)
    return torch.stack([luminance, (blue - luminance) / (2 - 2 * BLUE), (red - luminance) / (2 - 2 * RED)])


def _mix(matrix: Tensor, planes: Tensor) -> Tensor:
    """``matrix`` (3, 3) times the colours of each pixel, (b, 3, h, w)."""
    return torch.einsum("ij,bjhw->bihw", matrix, planes)
