"""Quantizers: which symbol a vector gets, and what that symbol decodes to."""

from compressible.quantizers.base import Quantized, Quantizer, straight_through
from compressible.quantizers.identity import Identity
from compressible.quantizers.scalar import Scalar
from compressible.quantizers.soft_to_hard import SoftToHard
from compressible.quantizers.vector import Vector

__all__ = ["Identity", "Quantized", "Quantizer", "Scalar", "SoftToHard", "Vector", "straight_through"]
