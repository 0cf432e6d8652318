"""The interface of heads: how a decoder's last channels are scored against an image, and which image they stand for.

    decoder ─► parameters (b, channels, h, w) ─┬─► loss(parameters, images)    what training minimises
                                               ├─► nats(parameters, images)    likelihoods alone
                                               └─► reconstruct(parameters)     uint8 images

Squared error is a head but no likelihood: a Gaussian of fixed variance is a density, and says nothing in bits about
integers. Parameters of any precision are lifted to float32 before anything is computed.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class Head(nn.Module, ABC):
    """What the last channels of a decoder mean."""

    @abstractmethod
    def channels(self, image_channels: int) -> int:
        """Channels of the parameters that describe an image of ``image_channels``."""

    @abstractmethod
    def loss(self, parameters: Tensor, images: Tensor) -> Tensor:
        """What is minimised: a float32 scalar, the mean over all dimensions of all images.

        Args:
            parameters: (b, channels, h, w).
            images: uint8 (b, c, h, w).

        Raises:
            ValueError: if the two do not belong together.
        """

    @abstractmethod
    def reconstruct(self, parameters: Tensor) -> Tensor:
        """Mean image under the parameters, uint8 (b, c, h, w): a mean has the least squared error."""

    def check(self, parameters: Tensor, images: Tensor) -> None:
        """Raise ``ValueError`` unless ``images`` are uint8 images and ``parameters`` have the shape they need."""
        if images.dtype != torch.uint8 or images.dim() != 4:
            raise ValueError(f"images must be uint8 (b, c, h, w), got {images.dtype} {tuple(images.shape)}")
        batch, image_channels, height, width = images.shape
        expected = (batch, self.channels(image_channels), height, width)
        if parameters.shape != expected:
            raise ValueError(f"images {tuple(images.shape)} need parameters {expected}, got {tuple(parameters.shape)}")


class Likelihood(Head):
    """A head that gives every 8-bit image a probability."""

    @abstractmethod
    def log_probabilities(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Log-probability of each pixel, all its channels together, (b, h, w) in nats.

        Args:
            parameters: float32 (b, channels, h, w).
            values: int64 (b, c, h, w) in 0..255.
        """

    def nats(self, parameters: Tensor, images: Tensor) -> Tensor:
        """Negative log-likelihood of each image in nats, (b,) float32, differentiable; the sum over its dimensions.

        Args:
            parameters: (b, channels, h, w).
            images: uint8 (b, c, h, w).

        Raises:
            ValueError: if the two do not belong together.
        """
        self.check(parameters, images)
        return -self.log_probabilities(parameters.float(), images.long()).sum((1, 2))

    def loss(self, parameters: Tensor, images: Tensor) -> Tensor:
        """Nats per dimension, a scalar; divided by ln 2 it is bits per dimension."""
        return self.nats(parameters, images).sum() / images.numel()

    def image_channels(self, channels: int) -> int:
        """Channels of the images that so many parameters describe. Raises ``ValueError`` if there are none."""
        count = 1
        while self.channels(count) < channels:
            count += 1
        if self.channels(count) != channels:
            raise ValueError(f"no image is described by parameters of {channels} channels")
        return count


def to_pixels(values: Tensor) -> Tensor:
    """Real values on the scale 0..255 as uint8, rounded and clamped."""
    return values.round().clamp(0, 255).to(torch.uint8)
