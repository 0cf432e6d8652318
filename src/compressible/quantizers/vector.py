"""Vector quantization as in VQ-VAE: the nearest of K codes, which follow the vectors that choose them.

    z ──► argmin_j |z - c_j| = symbol ──► c_symbol = q ──► z_hat: the value of q, while training with the gradient of z
    loss = commitment * mean (z - sg[q])^2    and, where an optimizer moves the codes,    + mean (sg[z] - q)^2

van den Oord et al. 2017, "Neural Discrete Representation Learning", eq. (3) and appendix A.1. sg stops the gradient;
means are over all entries, as in the authors' code.
"""

from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.quantizers.base import Quantized, Quantizer, straight_through
from compressible.quantizers.codebook import Codebook, Update
from compressible.quantizers.nearest_code import nearest_code, pairwise_sum
from compressible.quantizers.seeding import sample_apart

Seeding = Literal["sampled", "normal"]
"""Where codes start: at vectors of a sample that lie far from one another (k-means++), or at standard normal ones."""


class Vector(Quantizer):
    """The nearest of K codes; a group has its own.

    A pass in training mode, and no other, teaches the codebook.

    Args:
        groups: number of groups of vectors.
        dimension: d, size of a vector.
        codes: K, number of codes of each group.
        update: what moves the codes: moving means of the vectors that chose them (appendix A.1), the optimizer (eq. 3),
            or both.
        decay: of the moving means and counts, a step.
        epsilon: of the Laplace smoothing of the counts.
        commitment: beta, weight of the loss that keeps vectors at their codes.
        revival_threshold: moving count, in vectors a batch, below which a code is replaced by a vector of the batch.
            0 for never.
        cosine: compare directions: vectors and codes are brought to length 1, codes decode to it.
        seeding: where codes start.
    """

    def __init__(
        self,
        groups: int,
        dimension: int,
        codes: int = 512,
        update: Update = "ema",
        decay: float = 0.99,
        epsilon: float = 1e-5,
        commitment: float = 0.25,
        revival_threshold: float = 1.0,
        cosine: bool = False,
        seeding: Seeding = "sampled",
    ) -> None:
        super().__init__(alphabet=(codes,) * groups)
        if commitment < 0:
            raise ValueError(f"commitment must not be negative, got {commitment}")
        if cosine and dimension == 1:
            raise ValueError("cosine needs a dimension of 2 or more: scalars have no direction")
        if seeding not in get_args(Seeding):
            raise ValueError(f"seeding must be one of {', '.join(get_args(Seeding))}, got {seeding}")
        self.commitment = commitment
        self.cosine = cosine
        self.seeding: Seeding = seeding
        self.codebook = Codebook(groups, dimension, codes, update, decay, epsilon, revival_threshold)

    def forward(self, z: Tensor) -> Quantized:
        """Quantize ``z`` (groups, n, d); symbols are (groups, n)."""
        compared = self._compared(z.float())
        symbols = self._choose(compared)
        q = self.dequantize(symbols)
        loss = self._loss(compared, q)
        if self.training:
            self.codebook.learn(compared.detach(), symbols)
        return Quantized(
            z_hat=straight_through(compared, q) if self.training else q,
            symbols=symbols,
            alphabet=self.alphabet,
            loss=loss,
        )

    def symbols(self, z: Tensor) -> Tensor:
        """Index of the nearest code, (groups, n)."""
        return self._choose(self._compared(z.detach().float()))

    def dequantize(self, symbols: Tensor) -> Tensor:
        """Codes (groups, n, d). Raises ``ValueError`` on a symbol outside 0..K-1."""
        self.check_symbols(symbols)
        groups, size, dimension = self.codebook.codes.shape
        places = symbols + torch.arange(groups, device=symbols.device)[:, None] * size
        return self._compared(F.embedding(places, self.codebook.codes.view(-1, dimension)))

    @torch.no_grad()
    def initialise(self, z: Tensor) -> None:
        """Place the codes as ``seeding`` says.

        Args:
            z: sample vectors (groups, n, d).
        """
        if self.seeding == "sampled":
            size = self.codebook.codes.shape[1]
            self.codebook.place(torch.stack([sample_apart(group, size) for group in self._compared(z.float())]))

    def _choose(self, compared: Tensor) -> Tensor:
        return nearest_code(compared, self._compared(self.codebook.codes.detach()))

    def _compared(self, vectors: Tensor) -> Tensor:
        """``vectors`` (..., d), or their directions."""
        return directions(vectors) if self.cosine else vectors

    def _loss(self, z: Tensor, q: Tensor) -> Tensor:
        entries = max(z.numel(), 1)
        loss = self.commitment * F.mse_loss(z, q.detach(), reduction="sum") / entries
        if self.codebook.update != "ema":
            loss = loss + F.mse_loss(q, z.detach(), reduction="sum") / entries
        return loss


def directions(vectors: Tensor) -> Tensor:
    """Vectors (..., d) brought to length 1, each the same whatever the others are; zero stays zero."""
    # The square of the smallest length that is told from zero: its own square would vanish.
    squared = pairwise_sum(vectors.square()).clamp(min=1e-24)
    return vectors / squared.sqrt()[..., None]
