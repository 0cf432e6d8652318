"""Depthwise quantization: a codebook for each slice of a vector; product and additive quantization are forms of it.

    z (d,) ──► L slices ──► each by its own codebook ──► side by side, or added up ──► z_hat (d,)

    concatenation   slice l is the l-th run of ceil(d / L) entries, the last filled up with zeros    product
                    or z W_l, W_l (d, d / L)                                                        depthwise
    addition        slice l is z / L, or z W_l, W_l (d, d)                                          additive

Fostiropoulos & Boehm 2022, "Depthwise Quantization", section 4, which is product quantization where slices are runs of
entries (Jégou et al. 2011, "Product quantization for nearest neighbor search"), and additive quantization with addition
(Babenko & Lempitsky 2014, "Additive quantization for extreme vector compression"), where here no encoder sees what the
others choose. The partition ``Slices`` makes the same runs of a feature map, for any one quantizer; here they are cut
from the vectors of any partition.
"""

from dataclasses import replace
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from compressible.quantizers.base import Quantized, Quantizer, QuantizerFactory
from compressible.quantizers.nearest_code import pairwise_sum

Decoding = Literal["concatenation", "addition"]
"""How a vector is put together from the decoded slices."""


class Depthwise(Quantizer):
    """A quantizer whose groups are slices of vectors.

    Slices of a group lie side by side: it is groups * L groups, group g's slice l being g L + l, that the inner
    quantizer gets, and its symbols are those of the whole.

    Projected and concatenated, z_hat is in the coordinates of the projections, a rotation of z to begin with: what
    follows learns to read them. Each group has projections of its own.

    Args:
        groups: number of groups of vectors.
        dimension: d, size of a vector.
        quantizer: makes the quantizer of the slices.
        slices: L, number of slices.
        projected: whether slices are projections that are learned.
        decoding: how a vector is put together.

    Attributes:
        projection: W_1 to W_L side by side, (groups, d, L * size of a slice), or None.
    """

    def __init__(
        self,
        groups: int,
        dimension: int,
        quantizer: QuantizerFactory,
        slices: int,
        projected: bool = False,
        decoding: Decoding = "concatenation",
    ) -> None:
        if slices < 1:
            raise ValueError(f"slices must be positive, got {slices}")
        if decoding not in get_args(Decoding):
            raise ValueError(f"decoding must be one of {', '.join(get_args(Decoding))}, got {decoding}")
        if projected and decoding == "concatenation" and dimension % slices:
            raise ValueError(f"projected slices must divide the vector, got {slices} slices of {dimension} entries")
        size = dimension if decoding == "addition" else -(-dimension // slices)
        inner = quantizer(groups=groups * slices, dimension=size)
        super().__init__(inner.alphabet)
        self.symbol_shape = inner.symbol_shape
        self.hardness = inner.hardness
        self.forward_value = inner.forward_value
        self.quantizer = inner
        self.dimension = dimension
        self.size = size
        self.slices = slices
        self.decoding: Decoding = decoding
        self.projection = nn.Parameter(_first_projection(groups, dimension, slices, decoding)) if projected else None

    def forward(self, z: Tensor) -> Quantized:
        """Quantize ``z`` (groups, n, d); symbols are those of the inner quantizer."""
        self.quantizer.hardness = self.hardness
        self.quantizer.forward_value = self.forward_value
        out: Quantized = self.quantizer(self._cut(z))
        return replace(out, z_hat=self._join(out.z_hat))

    @torch.no_grad()
    def symbols(self, z: Tensor) -> Tensor:
        """Symbols of the slices, (groups * L, n) where the inner quantizer has one a vector."""
        return self.quantizer.symbols(self._cut(z))

    def dequantize(self, symbols: Tensor) -> Tensor:
        """Decoded vectors (groups, n, d). Raises ``ValueError`` on a symbol outside the alphabet."""
        return self._join(self.quantizer.dequantize(symbols))

    @torch.no_grad()
    def initialise(self, z: Tensor) -> None:
        """Fit the inner quantizer to the slices of sample vectors ``z`` (groups, n, d)."""
        self.quantizer.initialise(self._cut(z))
        self.hardness = self.quantizer.hardness

    def _cut(self, z: Tensor) -> Tensor:
        """Slices (groups * L, n, size) of vectors (groups, n, d)."""
        return self._spread(z.float()).unflatten(-1, (self.slices, self.size)).transpose(1, 2).flatten(0, 1)

    def _spread(self, z: Tensor) -> Tensor:
        """All slices of a vector side by side, (groups, n, L * size)."""
        if self.projection is not None:
            # The last bits of a product depend on its shape, and so on other vectors: in float32 a symbol would, too.
            return (z.double() @ self.projection.double()).float()
        if self.decoding == "addition":
            return (z / self.slices).repeat(1, 1, self.slices)
        return F.pad(z, (0, self.slices * self.size - self.dimension))

    def _join(self, decoded: Tensor) -> Tensor:
        """Vectors (groups, n, d) of decoded slices (groups * L, n, size)."""
        slices = decoded.unflatten(0, (len(decoded) // self.slices, self.slices)).transpose(1, 2)
        if self.decoding == "addition":
            return pairwise_sum(slices.movedim(2, -1))
        return slices.flatten(2)[..., : self.dimension]


def _first_projection(groups: int, dimension: int, slices: int, decoding: Decoding) -> Tensor:
    """A random orthogonal matrix for each group, or L identities divided by L, (groups, d, L * size)."""
    if decoding == "addition":
        return torch.eye(dimension).repeat(groups, 1, slices) / slices
    return torch.stack([nn.init.orthogonal_(torch.empty(dimension, dimension)) for _ in range(groups)])
