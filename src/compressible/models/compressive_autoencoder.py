"""The compressive autoencoder of SHVQ: convolutions down, residual blocks, a bottleneck, and the mirror image up.

    x in 0..1 ─► [conv 5x5/2 ─► residual blocks] x stages ─► conv 5x5/2 ─► z ─► bottleneck ─► z_hat
    x_hat ◄───── [up 2x ◄─ residual blocks ◄] x stages ◄──── up 2x ◄────────────────────────┘

Theis et al. 2017, "Lossy Image Compression with Compressive Autoencoders", figure 2, in the variant of Agustsson et
al. 2017, appendix A.1: transposed convolutions instead of sub-pixel ones, no clipping, no noise.
"""

from typing import Literal

from torch import Tensor, nn

from compressible.models.base import OneBottleneckAutoencoder
from compressible.models.bottleneck import Bottleneck

Upsampling = Literal["transposed", "subpixel"]


class CompressiveAutoencoder(OneBottleneckAutoencoder):
    """Autoencoder with 2^(stages + 1) times down-sampling. The paper: widths (64, 128), blocks (0, 3), kernel 5.

    Args:
        channels: c, channels of the feature map in the middle.
        bottleneck: its partition and quantizer.
        widths: channels of each down-sampling stage before the bottleneck, finest first.
        blocks: residual blocks after each stage.
        kernel: side of the down-sampling kernels.
        upsampling: transposed convolution (SHVQ) or sub-pixel convolution (Theis et al.).
    """

    encoder_parameters = "encoder."

    def __init__(
        self,
        channels: int,
        bottleneck: Bottleneck,
        widths: tuple[int, ...] = (64, 128),
        blocks: tuple[int, ...] = (0, 3),
        kernel: int = 5,
        upsampling: Upsampling = "transposed",
    ) -> None:
        super().__init__()
        if len(widths) != len(blocks):
            raise ValueError(f"widths and blocks need one entry a stage, got {len(widths)} and {len(blocks)}")
        if upsampling not in ("transposed", "subpixel"):
            raise ValueError(f"upsampling must be transposed or subpixel, got {upsampling}")
        self.bottleneck = bottleneck
        self.channels = channels
        self.stride = 2 ** (len(widths) + 1)
        self.halo = _halo(blocks, kernel)

        down: list[nn.Module] = []
        for before, width, count in zip((3, *widths), widths, blocks, strict=False):
            down += [nn.Conv2d(before, width, kernel, 2, kernel // 2)]
            down += [ResidualBlock(width) for _ in range(count)] or [nn.LeakyReLU(0.2)]
        self.encoder = nn.Sequential(*down, nn.Conv2d(widths[-1], channels, kernel, 2, kernel // 2))

        up: list[nn.Module] = [upsample(channels, widths[-1], upsampling, kernel)]
        for width, after, count in zip(reversed(widths), (*reversed(widths[:-1]), 3), reversed(blocks), strict=True):
            up += [ResidualBlock(width) for _ in range(count)] or [nn.LeakyReLU(0.2)]
            up += [upsample(width, after, upsampling, kernel)]
        self.decoder = nn.Sequential(*up)

    def encode(self, x: Tensor) -> Tensor:
        """Bottleneck features (b, c, h/stride, w/stride) of images (b, 3, h, w) in 0..1."""
        return self.encoder(x * 2 - 1)

    def decode(self, z_hat: Tensor) -> Tensor:
        """Images (b, 3, h, w), nominally in 0..1, from bottleneck features."""
        return (self.decoder(z_hat) + 1) / 2


class ResidualBlock(nn.Module):
    """x + conv(leaky_relu(conv(x))), 3x3 kernels, no activation after the sum (Theis et al.)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.LeakyReLU(0.2), nn.Conv2d(width, width, 3, 1, 1), nn.LeakyReLU(0.2), nn.Conv2d(width, width, 3, 1, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as ``x``."""
        return x + self.branch(x)


def upsample(before: int, after: int, kind: Upsampling, kernel: int) -> nn.Module:
    """Twice the height and width."""
    if kind == "transposed":
        return nn.ConvTranspose2d(before, after, kernel, 2, kernel // 2, output_padding=1)
    return nn.Sequential(nn.Conv2d(before, after * 4, 3, 1, 1), nn.PixelShuffle(2))


def _halo(blocks: tuple[int, ...], kernel: int) -> int:
    """Radius of the receptive field of encoder and decoder in bottleneck features, rounded up."""
    pixels = 0
    for stage, count in enumerate(blocks):
        # The kernel that changes the size counts at its coarse side, two 3x3 kernels a block at that of the stage.
        pixels += 2 ** (stage + 1) * (max(kernel // 2, 1) + 2 * count)
    coarsest = 2 ** (len(blocks) + 1)
    return -(-(pixels + coarsest * max(kernel // 2, 1)) // coarsest)
