"""What finished runs leave behind."""

from compressible.outcomes.autoencoder import Autoencoder
from compressible.outcomes.base import Outcome, Training
from compressible.outcomes.compressed_network import CompressedNetwork
from compressible.outcomes.image_model import ImageModel
from compressible.outcomes.network_file import NetworkFile
from compressible.outcomes.sparse_network import SparseNetwork
from compressible.outcomes.static_prior import StaticPrior
from compressible.outcomes.trained_network import TrainedNetwork

__all__ = [
    "Autoencoder",
    "CompressedNetwork",
    "ImageModel",
    "NetworkFile",
    "Outcome",
    "SparseNetwork",
    "StaticPrior",
    "TrainedNetwork",
    "Training",
]
