"""Pyramid vector quantization: a direction of K pulses, and a gain. There is no codebook, so K may be large.

    z ─┬► y = the nearest direction of {y integer: sum |y_i| = K} ──► index ──► parts ─┬─► symbols
       └► |z| ──► the nearest gain g, on a logarithmic scale ──────────────────────────┘
    z_hat = g y / |y|, while training with the gradient of z;    loss = commitment * mean (z - sg[z_hat])^2

Fischer 1986, "A pyramid vector quantizer"; as in CELT: Valin et al. 2013, "High-quality, low-delay music coding in the
Opus codec", and RFC 6716, section 4.3.4.
"""

import torch
from torch import Tensor

from compressible.quantizers.base import Quantized, Quantizer, straight_through
from compressible.quantizers.index_parts import IndexParts
from compressible.quantizers.log_gains import LogGains
from compressible.quantizers.nearest_code import pairwise_sum
from compressible.quantizers.pyramid_codewords import PyramidCodewords
from compressible.quantizers.pyramid_search import nearest_on_pyramid


class Pyramid(Quantizer):
    """Directions of K pulses and gains; gains are a group's own.

    Each group of vectors has several groups of symbols, one after the other: the parts of the index, which all fit the
    tables of a symbol model, and the gain. What is not a number counts as zero, what is infinite as the largest number.

    Args:
        groups: number of groups of vectors.
        dimension: d, size of a vector.
        pulses: K, sum of the absolute values of a direction's entries.
        gain_levels: number of gains of each group.
        commitment: beta, weight of the loss that keeps vectors at what they decode to.
        decay: share of the gains' places, on the logarithmic scale, that a training step keeps; the rest follows the
            lengths of its vectors, which drift while an encoder learns.

    Raises:
        ValueError: a value is out of range, or K pulses in d dimensions make 2^63 directions or more.
    """

    def __init__(
        self,
        groups: int,
        dimension: int,
        pulses: int = 8,
        gain_levels: int = 32,
        commitment: float = 0.25,
        decay: float = 0.99,
    ) -> None:
        codewords = PyramidCodewords(dimension, pulses)
        parts = IndexParts.of(codewords.count)
        super().__init__(alphabet=(*parts.sizes, gain_levels) * groups)
        if commitment < 0:
            raise ValueError(f"commitment must not be negative, got {commitment}")
        if not 0 <= decay <= 1:
            raise ValueError(f"decay must be within 0..1, got {decay}")
        self.groups = groups
        self.commitment = commitment
        self.decay = decay
        self.codewords = codewords
        self.parts = parts
        self.gains = LogGains(groups, gain_levels)

    def forward(self, z: Tensor) -> Quantized:
        """Quantize ``z`` (groups, n, d); symbols are (groups * (parts + 1), n). In training, gains move afterwards."""
        z = z.float()
        symbols = self.symbols(z)
        q = self.dequantize(symbols)
        if self.training:
            self.gains.follow(_lengths(z.detach().double()), self.decay)
        return Quantized(
            z_hat=straight_through(z, q) if self.training else q,
            symbols=symbols,
            alphabet=self.alphabet,
            loss=self.commitment * (z - q).square().sum() / max(z.numel(), 1),
        )

    def symbols(self, z: Tensor) -> Tensor:
        """Parts of the index and gain of each vector, (groups * (parts + 1), n)."""
        finite = z.detach().float().nan_to_num().double()
        index = self.codewords.index(nearest_on_pyramid(finite, self.codewords.pulses))
        gains = self.gains.symbols(_lengths(finite))
        return torch.cat([self.parts.split(index), gains[:, None]], dim=1).flatten(0, 1)

    def dequantize(self, symbols: Tensor) -> Tensor:
        """Gains times directions, (groups, n, d).

        Raises:
            ValueError: a symbol is outside its alphabet, or parts are those of no index.
        """
        self.check_symbols(symbols)
        index, gains = self._streams(symbols)
        y = self.codewords.vectors(index).double()
        scale = self.gains.dequantize(gains).double() / _lengths(y)
        return (scale[..., None] * y).float()

    def initialise(self, z: Tensor) -> None:
        """Fit the gains of each group to the lengths of its vectors.

        Args:
            z: sample vectors (groups, n, d).
        """
        self.gains.fit(_lengths(z.detach().float().double()))

    def check_symbols(self, symbols: Tensor) -> None:
        """Raise ``ValueError`` unless every symbol lies inside its group's alphabet and parts are those of an index."""
        super().check_symbols(symbols)
        index, _ = self._streams(symbols)
        if bool((index >= self.codewords.count).any()):
            raise ValueError(f"symbols must be the parts of an index in 0..{self.codewords.count - 1}")

    def _streams(self, symbols: Tensor) -> tuple[Tensor, Tensor]:
        """Indices and gains, each (groups, n)."""
        streams = symbols.unflatten(0, (self.groups, len(self.parts.sizes) + 1))
        return self.parts.join(streams[:, :-1]), streams[:, -1]


def _lengths(vectors: Tensor) -> Tensor:
    """|v| of float64 vectors (..., d), each the same whatever the others are."""
    return pairwise_sum(vectors.square()).sqrt()
