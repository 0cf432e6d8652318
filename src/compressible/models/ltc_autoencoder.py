"""The autoencoder of LTC: convolutions down, residual blocks under three levels of skips, and the mirror image up.

    x in 0..1 ─► conv ─► relu ─► conv ─► relu ─► trunk ─► conv ─► z ─► bottleneck ─► z_hat
    x_hat ◄─ clamp ◄─ conv ◄─ relu ◄─ conv ◄─ trunk ◄─ relu ◄─ conv ◄───────────────────┘

    trunk:  x + (group ─► ... ─► group ─► block)        group:  x + (block ─► block ─► block)        block:  x + branch

Convolutions have 4 x 4 kernels where they halve or double the sides, 3 x 3 elsewhere, and a batch normalisation after
each. Gregorová, Desaules & Kalousis 2021, "Learned transform compression with optimized entropy encoding", section 4,
after Mentzer et al. 2018 without importance map; layers as in the authors' code (mgswiss15/softvqae).
"""

from torch import Tensor, nn

from compressible.models.base import OneBottleneckAutoencoder
from compressible.models.bottleneck import Bottleneck

HALVING = {2: (True, False, False), 4: (True, False, True), 8: (True, True, True)}
"""Which of the encoder's three convolutions halve the sides, for each down-sampling."""
BLOCKS_PER_GROUP = 3


class LtcAutoencoder(OneBottleneckAutoencoder):
    """Autoencoder with 2, 4 or 8 times down-sampling. The paper: 3 groups, which are 10 residual blocks a half.

    Args:
        channels: channels of the feature map in the middle.
        bottleneck: its partition and quantizer.
        downsampling: pixels between two features, each way.
        width: channels of the residual blocks; the convolution next to the picture has half as many.
        groups: groups of three residual blocks; one block more follows them.
    """

    encoder_parameters = "encoder."

    def __init__(
        self, channels: int, bottleneck: Bottleneck, downsampling: int = 2, width: int = 128, groups: int = 3
    ) -> None:
        super().__init__()
        if downsampling not in HALVING:
            raise ValueError(f"downsampling must be 2, 4 or 8, got {downsampling}")
        first, second, last = HALVING[downsampling]
        self.bottleneck = bottleneck
        self.channels = channels
        self.stride = downsampling
        self.halo = _halo(downsampling, groups)
        self.encoder = nn.Sequential(
            *down(3, width // 2, first),
            nn.ReLU(),
            *down(width // 2, width, second),
            nn.ReLU(),
            trunk(width, groups),
            *down(width, channels, last),
        )
        self.decoder = nn.Sequential(
            *up(channels, width, last),
            nn.ReLU(),
            trunk(width, groups),
            *up(width, width // 2, second),
            nn.ReLU(),
            *up(width // 2, 3, first),
        )

    def encode(self, x: Tensor) -> Tensor:
        """Bottleneck features (b, c, h/stride, w/stride) of images (b, 3, h, w) in 0..1."""
        return self.encoder(x)

    def decode(self, z_hat: Tensor) -> Tensor:
        """Images (b, 3, h, w) in 0..1 from bottleneck features; the paper clamps them in training too."""
        return self.decoder(z_hat).clamp(0, 1)


class Skip(nn.Sequential):
    """x + layers(x)."""

    def forward(self, input: Tensor) -> Tensor:
        """Same shape as ``input``."""
        return input + super().forward(input)


def trunk(width: int, groups: int) -> Skip:
    """Residual blocks with skips around each, around each group of three, and around all of them."""
    grouped = (Skip(*(block(width, nn.ReLU()) for _ in range(BLOCKS_PER_GROUP))) for _ in range(groups))
    return Skip(*grouped, block(width, nn.Identity()))


def block(width: int, activation: nn.Module) -> Skip:
    """Residual block x + norm(conv(activation(norm(conv(x))))), 3 x 3 kernels, no activation after the sum."""
    return Skip(
        nn.Conv2d(width, width, 3, 1, 1),
        nn.BatchNorm2d(width),
        activation,
        nn.Conv2d(width, width, 3, 1, 1),
        nn.BatchNorm2d(width),
    )


def down(before: int, after: int, halve: bool) -> tuple[nn.Module, nn.Module]:
    """Convolution and normalisation; half the height and width, or the same."""
    kernel, stride = (4, 2) if halve else (3, 1)
    return nn.Conv2d(before, after, kernel, stride, 1, bias=False), nn.BatchNorm2d(after)


def up(before: int, after: int, double: bool) -> tuple[nn.Module, nn.Module]:
    """Transposed convolution and normalisation; twice the height and width, or the same."""
    kernel, stride = (4, 2) if double else (3, 1)
    return nn.ConvTranspose2d(before, after, kernel, stride, 1, bias=False), nn.BatchNorm2d(after)


def _halo(downsampling: int, groups: int) -> int:
    """Radius of the receptive field of either half in features, rounded up."""
    first, second, _ = HALVING[downsampling]
    # From a feature back to its pixels: one place for the last convolution, two for each block; at twice the resolution
    # r places beyond one's own are 2 r.
    radius = 1 + 2 * (BLOCKS_PER_GROUP * groups + 1)
    for halves in (second, first):
        radius = 2 * radius + 1 if halves else radius + 1
    return -(-radius // downsampling)
