"""What finished runs leave behind."""

from compressible.outcomes.autoencoder import Autoencoder
from compressible.outcomes.base import Outcome, Training
from compressible.outcomes.coded_images import CodedImages
from compressible.outcomes.compressed_network import CompressedNetwork
from compressible.outcomes.image_model import ImageModel
from compressible.outcomes.network_file import NetworkFile
from compressible.outcomes.sparse_network import SparseNetwork
from compressible.outcomes.static_prior import StaticPrior
from compressible.outcomes.trained_network import TrainedNetwork
from compressible.outcomes.trained_replicas import TrainedReplicas

__all__ = [
    "Autoencoder",
    "CodedImages",
    "CompressedNetwork",
    "ImageModel",
    "NetworkFile",
    "Outcome",
    "SparseNetwork",
    "StaticPrior",
    "TrainedNetwork",
    "TrainedReplicas",
    "Training",
]
