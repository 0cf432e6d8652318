"""Clusterings: which of a few shared values each weight of a trained network gets, without training it further."""

from compressible.clustering.base import Clustering, Clusters
from compressible.clustering.ecsq import EntropyConstrained
from compressible.clustering.hessian import fisher_diagonal
from compressible.clustering.kept_weights import cluster_kept
from compressible.clustering.kmeans import KMeans
from compressible.clustering.pruning import magnitude_mask, magnitude_mask_per_tensor
from compressible.clustering.uniform import UniformBins

__all__ = [
    "Clustering",
    "Clusters",
    "EntropyConstrained",
    "KMeans",
    "UniformBins",
    "cluster_kept",
    "fisher_diagonal",
    "magnitude_mask",
    "magnitude_mask_per_tensor",
]
