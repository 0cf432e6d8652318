"""From bytes to the numbers a network is trained on, inside the network, so that nobody who uses it can forget."""

import torch
from torch import Tensor, nn

CIFAR10_MEAN = (125.3, 123.0, 113.9)
CIFAR10_DEVIATION = (63.0, 62.1, 66.7)
IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_DEVIATION = (58.395, 57.12, 57.375)


class Normalisation(nn.Module):
    """(x - mean) / deviation, channel by channel.

    Its constants are no part of the state that is saved: they belong to the class of the network.

    Args:
        mean: of each channel, on 0..255.
        deviation: standard deviation of each channel, on 0..255.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: tuple[float, ...], deviation: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(deviation).view(-1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Float images (b, c, h, w) from uint8 ones, or from floats in 0..255."""
        return (x - self.mean) / self.deviation
