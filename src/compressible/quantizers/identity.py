"""No quantization: each value's symbol is its own 32-bit pattern. The bottleneck of SHVQ's first training stage.

z (float32) ──► 32 bits ──► symbol in 0..2^32-1 ──► the same float32
"""

import torch
from torch import Tensor

from compressible.quantizers.base import Quantized, Quantizer


class Identity(Quantizer):
    """Passes values on unchanged; as symbols they cost 32 bits each.

    Args:
        groups: number of groups.
        dimension: d, entries of a vector, each a symbol.
    """

    def __init__(self, groups: int, dimension: int) -> None:
        super().__init__(alphabet=(1 << 32,) * groups)
        self.symbol_shape = (dimension,)

    def forward(self, z: Tensor) -> Quantized:
        """``z`` itself, as ``z_hat``; the symbols have its shape."""
        return Quantized(z_hat=z, symbols=self.symbols(z), alphabet=self.alphabet)

    def symbols(self, z: Tensor) -> Tensor:
        """The float32 bit pattern, as an unsigned number."""
        return z.detach().float().contiguous().view(torch.int32).long() & 0xFFFFFFFF

    def dequantize(self, symbols: Tensor) -> Tensor:
        """The float32 values. Raises ``ValueError`` on a symbol outside 0..2^32-1."""
        self.check_symbols(symbols)
        signed = torch.where(symbols >= 1 << 31, symbols - (1 << 32), symbols)
        return signed.int().view(torch.float32)
