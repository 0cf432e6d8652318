"""Models: plain networks that know nothing of losses, optimizers or trainers."""

from compressible.models.base import CompressingModel, GenerativeAutoencoder, ImageAutoencoder, Output
from compressible.models.binary_net import BinaryNet, LayerPlan
from compressible.models.block_dct import BlockDct
from compressible.models.bottleneck import Bottleneck
from compressible.models.compressive_autoencoder import CompressiveAutoencoder
from compressible.models.feature_extractor import FeatureExtractor
from compressible.models.hierarchical_autoencoder import HierarchicalAutoencoder
from compressible.models.ltc_autoencoder import LtcAutoencoder
from compressible.models.normalisation import Normalisation
from compressible.models.profile import Cost, LayerCost, Profile, profile
from compressible.models.projected_bottleneck import ProjectedBottleneck
from compressible.models.quantized_network import QuantizedNetwork
from compressible.models.replicas import Replicas
from compressible.models.resnet import ResNet, resnet20, resnet32, resnet44, resnet56, resnet110
from compressible.models.transform import Transform
from compressible.models.transform_autoencoder import TransformAutoencoder
from compressible.models.vgg import VggFeatures
from compressible.models.vqvae import VqVae
from compressible.models.wavelet import Wavelet

__all__ = [
    "BinaryNet",
    "BlockDct",
    "Bottleneck",
    "CompressingModel",
    "CompressiveAutoencoder",
    "Cost",
    "FeatureExtractor",
    "GenerativeAutoencoder",
    "HierarchicalAutoencoder",
    "ImageAutoencoder",
    "LayerCost",
    "LayerPlan",
    "LtcAutoencoder",
    "Normalisation",
    "Output",
    "Profile",
    "ProjectedBottleneck",
    "QuantizedNetwork",
    "Replicas",
    "ResNet",
    "Transform",
    "TransformAutoencoder",
    "VggFeatures",
    "VqVae",
    "Wavelet",
    "profile",
    "resnet20",
    "resnet32",
    "resnet44",
    "resnet56",
    "resnet110",
]
