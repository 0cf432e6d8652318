"""Squared error of normalised pixels: not a likelihood, so it has no bits to compare with those of one."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.likelihoods.base import Head, to_pixels

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class SquaredError(Head):
    """The parameters are the pixels themselves, of which ``mean`` and ``std`` make mean 0 and deviation 1.

    The constants are the unit of the loss: an error of 1 is one of ``std`` on pixels in 0..1. The defaults are those of
    ImageNet, whatever the images are, as in the source code of depthwise quantization (DQ-AE).

    Args:
        mean: of each channel of the images, on 0..1.
        std: of each channel of the images, on 0..1.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float] = IMAGENET_MEAN, std: Sequence[float] = IMAGENET_STD) -> None:
        super().__init__()
        if len(mean) != len(std) or min(std, default=0.0) <= 0:
            raise ValueError(f"each channel needs a mean and a positive deviation, got {mean} and {std}")
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1), persistent=False)

    def channels(self, image_channels: int) -> int:
        """Those of the image. Raises ``ValueError`` if the constants are those of images with more or fewer."""
        if image_channels != len(self.mean):
            raise ValueError(f"pixels of {len(self.mean)} channels are normalised, the images have {image_channels}")
        return image_channels

    def loss(self, parameters: Tensor, images: Tensor) -> Tensor:
        """Mean squared error of normalised pixels, a float32 scalar."""
        self.check(parameters, images)
        return F.mse_loss(parameters.float(), (images / 255 - self.mean) / self.std)

    @torch.no_grad()
    def reconstruct(self, parameters: Tensor) -> Tensor:
        """The pixels, rounded and clamped."""
        return to_pixels((parameters.float() * self.std + self.mean) * 255)
