"""The hierarchical autoencoder of VQ-VAE-2 and DQ-AE: coarse levels are quantized first, finer ones see them.

    x ─► [encoder 2x] x downsamplings ─► e_1 ─► encoder 2x ─► e_2 ─► ...      levels, finest first

    coarsest: q_l = quantize(project(e_l))
    finer:    q_l = quantize(project(up(q_{l+1}), e_l))

    all q_l, each brought up to half the sides of x ─► decoder 2x ─► decoder ─► conv 3x3 ─► parameters of x

Fostiropoulos & Boehm 2022, "Depthwise Quantization", section 4.2 and its authors' code; the hierarchy is that of
Razavi et al. 2019, "Generating Diverse High-Fidelity Images with VQ-VAE-2". What the arms of a comparison differ in is
the quantizer, the partition and the projection in front of them.
"""

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from compressible.likelihoods import Head
from compressible.models.base import GenerativeAutoencoder, Output
from compressible.models.bottleneck import Bottleneck
from compressible.models.projected_bottleneck import ProjectedBottleneck
from compressible.quantizers import Quantized

LevelFactory = Callable[[int], ProjectedBottleneck]
"""Makes the bottleneck of a level whose feature map has so many channels."""


class HierarchicalAutoencoder(GenerativeAutoencoder):
    """Top-down autoencoder of one level or more. The paper: 256 channels, 3 levels, 3 residual blocks of 32.

    Args:
        level: makes the bottleneck of a level.
        head: what the output means; it settles its channels.
        levels: number of levels; each has half the sides of the one below.
        channels: of all feature maps.
        residual_blocks: in each encoder and decoder.
        residual_channels: inside a residual block.
        downsamplings: halvings of the sides before the first level.
        image_channels: of the input.
    """

    def __init__(
        self,
        level: LevelFactory,
        head: Head,
        levels: int = 1,
        channels: int = 256,
        residual_blocks: int = 3,
        residual_channels: int = 32,
        downsamplings: int = 2,
        image_channels: int = 3,
    ) -> None:
        super().__init__()
        self.head = head
        if levels < 1 or downsamplings < 1:
            raise ValueError(f"levels and downsamplings must be positive, got {levels} and {downsamplings}")

        def encoder(before: int) -> nn.Module:
            return _encoder(before, channels, residual_blocks, residual_channels)

        def decoder(before: int, up: bool = True) -> nn.Module:
            return _decoder(before, channels, residual_blocks, residual_channels, up)

        first = nn.Sequential(encoder(image_channels), *(encoder(channels) for _ in range(downsamplings - 1)))
        self.encoders = nn.ModuleList([first, *(encoder(channels) for _ in range(levels - 1))])
        tops = [level(channels if i == levels - 1 else 2 * channels) for i in range(levels)]
        self.levels = nn.ModuleList(tops)
        self.conditions = nn.ModuleList(decoder(top.channels) for top in tops[1:])
        self.lifts = nn.ModuleList(
            _lift(i, top.channels, channels, downsamplings, decoder) for i, top in enumerate(tops)
        )
        self.decoder = nn.Sequential(
            decoder(levels * channels),
            decoder(channels, up=False),
            nn.Conv2d(channels, head.channels(image_channels), 3, padding=1),
        )
        self.stride = 2 ** (downsamplings + levels - 1)

    @property
    def bottlenecks(self) -> tuple[Bottleneck, ...]:
        """One a level, coarsest first."""
        return tuple(level.bottleneck for level in reversed(self._levels()))

    @torch.no_grad()
    def initialise(self, x: Tensor) -> None:
        """Fit the quantizers to images, coarsest first: what a finer level sees depends on those above."""
        training = self.training
        self.eval()
        above: Tensor | None = None
        for i, encoded in self._top_down(x):
            level, z = self._levels()[i], self._joined(i, encoded, above)
            level.bottleneck.initialise(level.project(z))
            above, _ = level(z)
        self.train(training)

    def forward(self, x: Tensor) -> Output:
        """Parameters of images (b, c, h, w) in 0..1, whose sides are multiples of ``stride``."""
        values: list[Tensor] = []
        quantized: list[Quantized] = []
        for i, encoded in self._top_down(x):
            value, entry = self._levels()[i](self._joined(i, encoded, values[-1] if values else None))
            values.append(value)
            quantized.append(entry)
        return Output(self._decode(values), tuple(quantized))

    def symbols(self, x: Tensor) -> tuple[Tensor, ...]:
        """Hard symbols of images, one tensor a level, coarsest first."""
        training = self.training
        self.eval()
        with torch.no_grad():
            symbols: list[Tensor] = []
            above: Tensor | None = None
            for i, encoded in self._top_down(x):
                above, entry = self._levels()[i](self._joined(i, encoded, above))
                symbols.append(entry.symbols)
        self.train(training)
        return tuple(symbols)

    def reconstruct(self, symbols: tuple[Tensor, ...], shape: tuple[int, ...]) -> Tensor:
        """Parameters of images of ``shape`` (b, c, h, w) from the symbols of all levels."""
        return self._decode(self.values(symbols, shape))

    def values(self, symbols: tuple[Tensor, ...], shape: tuple[int, ...]) -> list[Tensor]:
        """What the symbols of images of ``shape`` decode to, one feature map a level, coarsest first."""
        levels = zip(self.bottlenecks, symbols, self.feature_shapes(shape), strict=True)
        return [bottleneck.restore(own, features) for bottleneck, own, features in levels]

    def feature_shapes(self, shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """One a level, coarsest first."""
        b, _, h, w = shape
        sides = [(h // (self.stride >> i), w // (self.stride >> i)) for i in range(len(self.levels))]
        return tuple((b, own.channels, *side) for own, side in zip(self.bottlenecks, sides, strict=True))

    def _top_down(self, x: Tensor) -> list[tuple[int, Tensor]]:
        """Number and features of each level, coarsest first."""
        found: list[tuple[int, Tensor]] = []
        features = x * 2 - 1
        for i, encoder in enumerate(self.encoders):
            features = encoder(features)
            found.append((i, features))
        return found[::-1]

    def _joined(self, i: int, encoded: Tensor, above: Tensor | None) -> Tensor:
        """What level ``i`` quantizes: its features, and beside them those it is told from above."""
        return encoded if above is None else torch.cat([self.conditions[i](above), encoded], dim=1)

    def _decode(self, values: list[Tensor]) -> Tensor:
        lifted = [lift(value) for lift, value in zip(reversed(self.lifts), values, strict=True)]
        return self.decoder(torch.cat(lifted, dim=1))

    def _levels(self) -> tuple[ProjectedBottleneck, ...]:
        return tuple(cast(ProjectedBottleneck, level) for level in self.levels)


class ResidualBlock(nn.Module):
    """x + conv 1x1(relu(conv 3x3(relu(x)))), narrower inside."""

    def __init__(self, channels: int, inside: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.ReLU(), nn.Conv2d(channels, inside, 3, padding=1), nn.ReLU(), nn.Conv2d(inside, channels, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as ``x``."""
        return x + self.branch(x)


def _encoder(before: int, channels: int, blocks: int, inside: int) -> nn.Sequential:
    """Half the sides."""
    return nn.Sequential(
        nn.Conv2d(before, channels // 2, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(channels // 2, channels, 3, padding=1),
        *(ResidualBlock(channels, inside) for _ in range(blocks)),
        nn.ReLU(),
    )


def _decoder(before: int, channels: int, blocks: int, inside: int, up: bool) -> nn.Sequential:
    """Twice the sides if ``up``."""
    return nn.Sequential(
        nn.Conv2d(before, channels, 3, padding=1),
        *(ResidualBlock(channels, inside) for _ in range(blocks)),
        nn.ReLU(),
        *([nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1)] if up else []),
    )


def _lift(
    level: int, before: int, channels: int, downsamplings: int, decoder: Callable[..., nn.Module]
) -> nn.Sequential:
    """Brings the value of a level up to half the sides of the image."""
    if level == 0:
        count = max(downsamplings - 1, 1)
        steps = [decoder(before if i == 0 else channels, up=downsamplings > 1) for i in range(count)]
        return nn.Sequential(*steps)
    steps = [decoder(before if i == 0 else channels) for i in range(downsamplings)]
    return nn.Sequential(nn.Upsample(scale_factor=2 ** (level - 1), mode="nearest"), *steps)
