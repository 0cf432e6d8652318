"""A pruned network as one file, bit for bit, and how often it is right."""

from compressible.bitstream.weights import WeightFile
from compressible.outcomes.base import Training
from compressible.outcomes.network_file import NetworkFile
from compressible.weights.sparse import sparse_weight_file
from compressible.weights.state import tensors_of


class SparseNetwork(NetworkFile):
    """The weight file of a network most of whose weights are zero."""

    def contents(self, training: Training) -> WeightFile:
        """The network as trained."""
        return sparse_weight_file(tensors_of(training.task.network.cpu().state_dict()))
