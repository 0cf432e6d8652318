"""Clusterings: which of a few shared values each weight of a trained network gets, without training it further."""

from compressible.clustering.base import Clustering, Clusters
from compressible.clustering.ecsq import EntropyConstrained
from compressible.clustering.hessian import fisher_diagonal
from compressible.clustering.kmeans import KMeans
from compressible.clustering.pruning import magnitude_mask, magnitude_mask_per_tensor
from compressible.clustering.sparse_index import SparseSymbols, sparse_decode, sparse_encode
from compressible.clustering.uniform import UniformBins

__all__ = [
    "Clustering",
    "Clusters",
    "EntropyConstrained",
    "KMeans",
    "SparseSymbols",
    "UniformBins",
    "fisher_diagonal",
    "magnitude_mask",
    "magnitude_mask_per_tensor",
    "sparse_decode",
    "sparse_encode",
]
