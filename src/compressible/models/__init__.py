"""Models: plain networks that know nothing of losses, optimizers or trainers."""

from compressible.models.base import CompressingModel, Output
from compressible.models.bottleneck import Bottleneck
from compressible.models.compressive_autoencoder import CompressiveAutoencoder
from compressible.models.quantized_network import QuantizedNetwork
from compressible.models.resnet import ResNet, resnet20, resnet32, resnet44, resnet56, resnet110

__all__ = [
    "Bottleneck",
    "CompressingModel",
    "CompressiveAutoencoder",
    "Output",
    "QuantizedNetwork",
    "ResNet",
    "resnet20",
    "resnet32",
    "resnet44",
    "resnet56",
    "resnet110",
]
