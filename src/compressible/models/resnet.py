"""Residual networks for pictures of 32 x 32 pixels.

    bytes ─► normalise ─► conv 3x3 ─► 3 stages of n blocks: 16, 32, 64 channels ─► mean over pixels ─► linear ─► logits

He et al. 2016, "Deep Residual Learning for Image Recognition", section 4.2: 6 n + 2 layers with weights, shortcuts
without parameters (option A).
"""

import torch.nn.functional as F
from torch import Tensor, nn

from compressible.models.normalisation import CIFAR10_DEVIATION, CIFAR10_MEAN, Normalisation


class ResNet(nn.Module):
    """ResNet of the CIFAR-10 kind.

    Args:
        depth: layers with weights, 6 n + 2.
        width: channels of the first stage; the next two have twice and four times as many.
        classes: number of logits.
    """

    def __init__(self, depth: int, width: int = 16, classes: int = 10) -> None:
        super().__init__()
        blocks, rest = divmod(depth - 2, 6)
        if rest or blocks < 1:
            raise ValueError(f"the depth of such a ResNet is 6 n + 2 (8, 14, 20, 26, 32, ...), got {depth}")
        self.normalisation = Normalisation(CIFAR10_MEAN, CIFAR10_DEVIATION)
        self.stem = Stem(width)
        self.stages = nn.Sequential(
            stage(width, width, blocks), stage(width, 2 * width, blocks), stage(2 * width, 4 * width, blocks)
        )
        self.classifier = nn.Linear(4 * width, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.zeros_(self.classifier.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (b, classes) of images (b, 3, h, w), uint8 or floats in 0..255."""
        features = self.stages(self.stem(self.normalisation(x)))
        return self.classifier(features.mean((2, 3)))


class Stem(nn.Module):
    """relu(norm(conv(x))) from colours to ``width`` channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """(b, width, h, w)."""
        return F.relu(self.norm(self.conv(x)))


class Block(nn.Module):
    """relu(shortcut(x) + norm(conv(relu(norm(conv(x)))))), 3x3 kernels; where channels grow, sides are halved."""

    def __init__(self, before: int, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.conv1 = nn.Conv2d(before, channels, 3, 1 if before == channels else 2, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(b, channels, h, w), or half of h and w."""
        branch = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(shortcut(x, self.channels) + branch)


def stage(before: int, channels: int, blocks: int) -> nn.Sequential:
    """``blocks`` blocks, of which the first changes the shape."""
    return nn.Sequential(Block(before, channels), *(Block(channels, channels) for _ in range(blocks - 1)))


def shortcut(x: Tensor, channels: int) -> Tensor:
    """``x`` as it is, or, to have more channels, every second pixel of it between channels of zeros (option A)."""
    missing = channels - x.shape[1]
    if missing == 0:
        return x
    return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, missing // 2, missing - missing // 2))


def resnet20() -> ResNet:
    """0.27 million parameters, 91.25 % in the paper."""
    return ResNet(20)


def resnet32() -> ResNet:
    """0.46 million parameters, 92.49 % in the paper."""
    return ResNet(32)


def resnet44() -> ResNet:
    """0.66 million parameters, 92.83 % in the paper."""
    return ResNet(44)


def resnet56() -> ResNet:
    """0.85 million parameters, 93.03 % in the paper."""
    return ResNet(56)


def resnet110() -> ResNet:
    """1.7 million parameters, 93.57 % in the paper."""
    return ResNet(110)
