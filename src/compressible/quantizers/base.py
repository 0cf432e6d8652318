"""The quantizer interface: vectors in, symbols and their decoded values out.

z (groups, n, d) ──► symbols (groups', n, ...) ──► z_hat (groups, n, d)
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor, nn

ForwardValue = Literal["soft", "hard"]


@dataclass(frozen=True)
class Quantized:
    """What a quantizer made of one batch of vectors.

    Attributes:
        z_hat: the value the network goes on with, (groups, n, d). Soft or hard, as the quantizer trains.
        symbols: hard symbols, int64. The first axis is the symbol group, one for each entry of ``alphabet``; the
            second is the vector; scalar quantizers of vectors add a third.
        alphabet: number of symbols of each group.
        soft_histogram: mean soft assignment q of each group, (groups', max alphabet), differentiable, or None.
            Both soft entropies of SHVQ and the soft cross-entropy of LTC are functions of it, so the assignments
            themselves, (groups, n, L), are never kept.
        loss: what the quantizer itself asks to be minimised (commitment and the like), a scalar.
    """

    z_hat: Tensor
    symbols: Tensor
    alphabet: tuple[int, ...]
    soft_histogram: Tensor | None = None
    loss: Tensor | None = None


class Quantizer(nn.Module, ABC):
    """Base of all quantizers. Every constructor takes ``groups`` and ``dimension`` first: a bottleneck supplies them.

    Args:
        alphabet: number of symbols of each symbol group.

    Attributes:
        hardness: sigma of the papers, how close the soft assignment is to the hard one. Set from outside, by an
            annealing; quantizers without a relaxation ignore it.
        forward_value: what a training step goes on with where there is a relaxation: its soft value, or the hard
            value with the gradient of the soft one. Evaluation always goes on with the hard value.
        symbol_shape: axes of ``symbols`` after group and vector: none where a vector is one symbol, (d,) where each of
            its entries is.
    """

    symbol_shape: tuple[int, ...] = ()

    def __init__(self, alphabet: tuple[int, ...]) -> None:
        super().__init__()
        self.alphabet = alphabet
        self.hardness = 1.0
        self.forward_value: ForwardValue = "hard"

    @abstractmethod
    def forward(self, z: Tensor) -> Quantized:
        """Quantize ``z`` of shape (groups, n, d)."""

    @abstractmethod
    def symbols(self, z: Tensor) -> Tensor:
        """Hard symbols of ``z``, int64; a vector's symbol depends on that vector alone."""

    @abstractmethod
    def dequantize(self, symbols: Tensor) -> Tensor:
        """Decoded vectors (groups, n, d). Raises ``ValueError`` on a symbol outside the alphabet."""

    def initialise(self, z: Tensor) -> None:
        """Fit the quantizer's own state to sample vectors ``z`` before it is first used."""

    def check_symbols(self, symbols: Tensor) -> None:
        """Raise ``ValueError`` unless every symbol lies inside its group's alphabet."""
        limit = torch.tensor(self.alphabet, device=symbols.device).view(-1, *[1] * (symbols.dim() - 1))
        if bool(((symbols < 0) | (symbols >= limit)).any()):
            raise ValueError(f"symbols must lie in 0..{max(self.alphabet) - 1}")


class QuantizerFactory(Protocol):
    """Makes a quantizer for so many groups of vectors of that size."""

    def __call__(self, groups: int, dimension: int) -> Quantizer:
        """The quantizer."""
        ...


def straight_through(z: Tensor, q: Tensor) -> Tensor:
    """Forward value exactly ``q``, gradient that of ``z``."""
    return q.detach() + (z - z.detach())
