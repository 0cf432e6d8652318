"""Models: plain networks that know nothing of losses, optimizers or trainers."""

from compressible.models.base import CompressingModel, GenerativeAutoencoder, ImageAutoencoder, Output
from compressible.models.bottleneck import Bottleneck
from compressible.models.compressive_autoencoder import CompressiveAutoencoder
from compressible.models.feature_extractor import FeatureExtractor
from compressible.models.hierarchical_autoencoder import HierarchicalAutoencoder
from compressible.models.ltc_autoencoder import LtcAutoencoder
from compressible.models.projected_bottleneck import ProjectedBottleneck
from compressible.models.quantized_network import QuantizedNetwork
from compressible.models.resnet import ResNet, resnet20, resnet32, resnet44, resnet56, resnet110
from compressible.models.vgg import VggFeatures

__all__ = [
    "Bottleneck",
    "CompressingModel",
    "CompressiveAutoencoder",
    "FeatureExtractor",
    "GenerativeAutoencoder",
    "HierarchicalAutoencoder",
    "ImageAutoencoder",
    "LtcAutoencoder",
    "Output",
    "ProjectedBottleneck",
    "QuantizedNetwork",
    "ResNet",
    "VggFeatures",
    "resnet20",
    "resnet32",
    "resnet44",
    "resnet56",
    "resnet110",
]
