"""Batch normalisation without a scale: what is left of it in front of a sign.

    (x - mean) / deviation + offset,    by channel

A positive scale changes no sign, so binary networks have none (``scale=False`` in Keras). Where a sign follows, all
that is left is one threshold a channel.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class OffsetNorm(nn.Module):
    """Normalises (b, c) or (b, c, h, w).

    Args:
        channels: c.
        momentum: share of the running statistics that a batch renews; the default is that of Keras.
        epsilon: added to the variance; the default is that of Keras.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int, momentum: float = 0.01, epsilon: float = 1e-3) -> None:
        super().__init__()
        self.channels = channels
        self.momentum = momentum
        self.epsilon = epsilon
        self.offset = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def reset_parameters(self) -> None:
        """As when made."""
        nn.init.zeros_(self.offset)
        nn.init.zeros_(self.mean)
        nn.init.ones_(self.variance)

    def forward(self, x: Tensor) -> Tensor:
        """By the statistics of the batch while training, otherwise by the running ones."""
        return F.batch_norm(x, self.mean, self.variance, None, self.offset, self.training, self.momentum, self.epsilon)
