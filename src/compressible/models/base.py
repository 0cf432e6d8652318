"""What every compressing model has in common: its result, and the symbols between its two halves."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from compressible.likelihoods import Head
from compressible.models.bottleneck import Bottleneck
from compressible.quantizers import Quantized


@dataclass(frozen=True)
class Output:
    """A model's result.

    Attributes:
        x_hat: reconstruction (or the parameters of a likelihood), in the model's own output space.
        quantized: one entry a bottleneck, coarsest first. A single bottleneck is a tuple of one.
    """

    x_hat: Tensor
    quantized: tuple[Quantized, ...]


class CompressingModel(nn.Module, ABC):
    """A network with one bottleneck or more, cut in two at the symbols."""

    @property
    @abstractmethod
    def bottlenecks(self) -> tuple[Bottleneck, ...]:
        """All bottlenecks, coarsest first."""

    @abstractmethod
    def initialise(self, x: Tensor) -> None:
        """Fit all quantizers to what reaches them of ``x``."""

    @abstractmethod
    def forward(self, x: Tensor) -> Output:
        """Reconstruct ``x`` through the bottlenecks."""

    @abstractmethod
    def symbols(self, x: Tensor) -> tuple[Tensor, ...]:
        """Hard symbols of ``x``, one tensor a bottleneck."""

    @abstractmethod
    def reconstruct(self, symbols: tuple[Tensor, ...], shape: tuple[int, ...]) -> Tensor:
        """Decode the symbols of an input of ``shape``."""


class GenerativeAutoencoder(CompressingModel):
    """A compressing model whose output are the parameters of a head: a likelihood of pixels, or squared error.

    Attributes:
        head: what the output means.
        stride: pixels between two features of the coarsest level, each way; input sides are multiples of it.
    """

    head: Head
    stride: int

    @abstractmethod
    def feature_shapes(self, shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """Of what each bottleneck quantizes of images of ``shape`` (b, c, h, w)."""


class ImageAutoencoder(CompressingModel):
    """A compressing model for pictures of any size: its bottlenecks see features of the picture alone.

    Attributes:
        stride: pixels between two features, each way; input sides are multiples of it.
        halo: how many features away from its own a pixel still matters, and a feature from its own pixel. Pieces of an
            image that overlap by this much give the same result as the whole.
        encoder_parameters: prefix of the parameters that only the encoding half uses.
    """

    stride: int
    halo: int
    encoder_parameters: str

    @abstractmethod
    def features(self, x: Tensor) -> tuple[Tensor, ...]:
        """What each bottleneck quantizes, (b, c, h, w)."""

    @torch.no_grad()
    def initialise(self, x: Tensor) -> None:
        """Fit all quantizers to the features of ``x``."""
        for bottleneck, features in zip(self.bottlenecks, self.features(x), strict=True):
            bottleneck.initialise(features)


class OneBottleneckAutoencoder(ImageAutoencoder):
    """Encoder, one bottleneck, decoder.

    Attributes:
        bottleneck: its partition and quantizer.
        channels: channels of the features it sees.
    """

    bottleneck: Bottleneck
    channels: int

    @abstractmethod
    def encode(self, x: Tensor) -> Tensor:
        """Features (b, channels, h/stride, w/stride) of images (b, 3, h, w) in 0..1."""

    @abstractmethod
    def decode(self, z_hat: Tensor) -> Tensor:
        """Images (b, 3, h, w), nominally in 0..1, from features."""

    @property
    def bottlenecks(self) -> tuple[Bottleneck, ...]:
        """The one bottleneck."""
        return (self.bottleneck,)

    def features(self, x: Tensor) -> tuple[Tensor, ...]:
        """What the bottleneck quantizes."""
        return (self.encode(x),)

    def forward(self, x: Tensor) -> Output:
        """Reconstruct images (b, 3, h, w) in 0..1 whose sides are multiples of ``stride``."""
        z_hat, quantized = self.bottleneck(self.encode(x))
        return Output(self.decode(z_hat), (quantized,))

    def symbols(self, x: Tensor) -> tuple[Tensor, ...]:
        """Symbols of the bottleneck."""
        return (self.bottleneck.symbols(self.encode(x)),)

    def reconstruct(self, symbols: tuple[Tensor, ...], shape: tuple[int, ...]) -> Tensor:
        """Images of ``shape`` (b, 3, h, w) from the symbols of the bottleneck."""
        b, _, h, w = shape
        return self.decode(self.bottleneck.restore(symbols[0], (b, self.channels, h // self.stride, w // self.stride)))
