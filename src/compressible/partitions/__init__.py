"""Partitions: which vectors of a tensor are quantized, in which groups."""

from compressible.partitions.base import Partition
from compressible.partitions.patches import Patches
from compressible.partitions.positions import Positions
from compressible.partitions.slices import Slices

__all__ = ["Partition", "Patches", "Positions", "Slices"]
