"""VGG-16 without its classifier, under the names of torchvision's weights: `features.N.weight`, `features.N.bias`.

    bytes ─► normalise ─► 5 stages of conv 3x3 and relu, a maximum over 2x2 after each ─► (512, h / 32, w / 32)

Simonyan & Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition", table 1, column D.
"""

from torch import Tensor, nn

from compressible.models.normalisation import IMAGENET_DEVIATION, IMAGENET_MEAN, Normalisation

STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Channels and convolutions of each stage."""


class VggFeatures(nn.Module):
    """The convolutional stack, 14.7 million parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.normalisation = Normalisation(IMAGENET_MEAN, IMAGENET_DEVIATION)
        layers: list[nn.Module] = []
        before = 3
        for channels, convolutions in STAGES:
            for _ in range(convolutions):
                layers += [nn.Conv2d(before, channels, 3, padding=1), nn.ReLU()]
                before = channels
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps (b, 512, h / 32, w / 32) of images (b, 3, h, w), uint8 or floats in 0..255."""
        return self.features(self.normalisation(x))
