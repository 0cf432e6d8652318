"""Models: plain networks that know nothing of losses, optimizers or trainers."""

from compressible.models.base import CompressingModel, Output
from compressible.models.bottleneck import Bottleneck
from compressible.models.compressive_autoencoder import CompressiveAutoencoder

__all__ = ["Bottleneck", "CompressingModel", "CompressiveAutoencoder", "Output"]
