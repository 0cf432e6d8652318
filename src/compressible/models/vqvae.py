"""The VQ-VAE of the Keras examples, for small grey images.

    x - 1/2 ─► conv 3x3 /2, relu ─► conv 3x3 /2, relu ─► conv 1x1 ─► quantize
                     32                   64                4           │
    x_hat ◄─ conv^T 3x3 ◄─ conv^T 3x3 x2, relu ◄─ conv^T 3x3 x2, relu ◄─┘
             parameters           32                     64

Sayak Paul 2021, "Vector-Quantized Variational Autoencoders" (keras.io), after van den Oord et al. 2017; with 4
dimensions and 16 codes it is that of Jacobellis 2022, "Compressed Learning".
"""

import torch
from torch import Tensor, nn

from compressible.likelihoods import Head
from compressible.models.base import GenerativeAutoencoder, Output
from compressible.models.bottleneck import Bottleneck


class VqVae(GenerativeAutoencoder):
    """One bottleneck behind two convolutions with stride 2.

    Args:
        bottleneck: quantizes a quarter of the sides; its channels are those of the feature map.
        head: what the output means; it settles its channels.
        widths: channels after the first and the second convolution.
        image_channels: of the input.
    """

    def __init__(
        self, bottleneck: Bottleneck, head: Head, widths: tuple[int, int] = (32, 64), image_channels: int = 1
    ) -> None:
        super().__init__()
        narrow, wide = widths
        self.head = head
        self.bottleneck = bottleneck
        self.encoder = nn.Sequential(
            nn.Conv2d(image_channels, narrow, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(narrow, wide, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(wide, bottleneck.channels, 1),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(bottleneck.channels, wide, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(wide, narrow, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(narrow, head.channels(image_channels), 3, padding=1),
        )
        self.stride = 4

    @property
    def bottlenecks(self) -> tuple[Bottleneck, ...]:
        """One."""
        return (self.bottleneck,)

    @torch.no_grad()
    def initialise(self, x: Tensor) -> None:
        """Fit the quantizer to the features of ``x``."""
        self.bottleneck.initialise(self.features(x))

    def features(self, x: Tensor) -> Tensor:
        """What is quantized of images (b, c, h, w) in 0..1: (b, channels, h / 4, w / 4)."""
        return self.encoder(x - 0.5)

    def forward(self, x: Tensor) -> Output:
        """Parameters of images (b, c, h, w) in 0..1, whose sides are multiples of 4."""
        z_hat, quantized = self.bottleneck(self.features(x))
        return Output(self.decoder(z_hat), (quantized,))

    @torch.no_grad()
    def symbols(self, x: Tensor) -> tuple[Tensor, ...]:
        """Hard symbols of images."""
        return (self.bottleneck.symbols(self.features(x)),)

    def reconstruct(self, symbols: tuple[Tensor, ...], shape: tuple[int, ...]) -> Tensor:
        """Parameters of images of ``shape`` (b, c, h, w) from their symbols."""
        (own,) = symbols
        (features,) = self.feature_shapes(shape)
        return self.decoder(self.bottleneck.restore(own, features))

    def feature_shapes(self, shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """One."""
        b, _, h, w = shape
        return ((b, self.bottleneck.channels, h // self.stride, w // self.stride),)
