"""Quantizers: which symbol a vector gets, and what that symbol decodes to."""

from compressible.quantizers.base import Quantized, Quantizer, QuantizerFactory, straight_through
from compressible.quantizers.depthwise import Depthwise
from compressible.quantizers.identity import Identity
from compressible.quantizers.jpeg_matrices import jpeg_steps
from compressible.quantizers.perceptual import Perceptual
from compressible.quantizers.pyramid import Pyramid
from compressible.quantizers.residual import Residual
from compressible.quantizers.scalar import Scalar
from compressible.quantizers.soft_to_hard import SoftToHard
from compressible.quantizers.vector import Vector

__all__ = [
    "Depthwise",
    "Identity",
    "Perceptual",
    "Pyramid",
    "Quantized",
    "Quantizer",
    "QuantizerFactory",
    "Residual",
    "Scalar",
    "SoftToHard",
    "Vector",
    "jpeg_steps",
    "straight_through",
]
