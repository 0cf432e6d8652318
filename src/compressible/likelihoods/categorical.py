"""A softmax over the 256 values of each sub-pixel, which knows no order among them.

van den Oord et al. 2016, "Pixel Recurrent Neural Networks", section 3.3, without their dependence of one channel on
another.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.likelihoods.base import Likelihood, to_pixels

VALUES = 256


class Categorical(Likelihood):
    """256 logits for each sub-pixel; those of the first channel of the image come first."""

    def channels(self, image_channels: int) -> int:
        """256 for each channel of the image."""
        return VALUES * image_channels

    def log_probabilities(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Sum over the channels of a pixel, (b, h, w) in nats."""
        return -F.cross_entropy(self._logits(parameters), values, reduction="none").sum(1)

    @torch.no_grad()
    def reconstruct(self, parameters: Tensor) -> Tensor:
        """Mean of each sub-pixel, rounded; the mean and not the mode, as the other heads have it."""
        probabilities = self._logits(parameters.float()).softmax(1)
        values = torch.arange(VALUES, device=parameters.device).view(1, -1, 1, 1, 1)
        return to_pixels((probabilities * values).sum(1))

    def _logits(self, parameters: Tensor) -> Tensor:
        """(b, 256, c, h, w)."""
        image_channels = self.image_channels(parameters.shape[1])
        return parameters.unflatten(1, (image_channels, VALUES)).transpose(1, 2)
