"""Distortions that image compression minimises, on float32 images in 0..1."""

from abc import ABC, abstractmethod

import torch.nn.functional as F
from torch import Tensor

from compressible.metrics.ssim import ms_ssim


class Distortion(ABC):
    """A differentiable distance of two batches of images, as a mean over the batch."""

    @abstractmethod
    def __call__(self, x_hat: Tensor, x: Tensor) -> Tensor:
        """Scalar distance of (b, 3, h, w) images in 0..1."""


class MeanSquaredError(Distortion):
    """Mean squared error over all values, times ``weight``.

    Args:
        weight: what one unit of squared error on 0..1 pixels counts against one bit per pixel at beta = 1.
    """

    def __init__(self, weight: float = 1.0) -> None:
        self.weight = weight

    def __call__(self, x_hat: Tensor, x: Tensor) -> Tensor:
        """Weight * MSE."""
        return self.weight * F.mse_loss(x_hat, x)


class MultiScaleSSIM(Distortion):
    """1 - MS-SSIM, with a little squared error that pins down what MS-SSIM does not see: mean colour and contrast.

    Args:
        mse_weight: weight of the squared error.
    """

    def __init__(self, mse_weight: float = 0.0) -> None:
        self.mse_weight = mse_weight

    def __call__(self, x_hat: Tensor, x: Tensor) -> Tensor:
        """1 - MS-SSIM + mse_weight * MSE. Sides must be at least 176 pixels."""
        distance = 1 - ms_ssim(x_hat, x).mean()
        return distance + self.mse_weight * F.mse_loss(x_hat, x) if self.mse_weight else distance
