"""Annealing: how hard the assignment is at step t."""

from compressible.annealing.base import Annealing
from compressible.annealing.constant import Constant
from compressible.annealing.exponential import Exponential
from compressible.annealing.gap import Gap
from compressible.annealing.linear import Linear

__all__ = ["Annealing", "Constant", "Exponential", "Gap", "Linear"]
