"""Symbol models: what a symbol costs while training, and the integer coder that writes it afterwards.

    quantized ──► SymbolModel.rate ──► Rate(loss, bits)                 (training, floating point)
                  SymbolModel.coder() ──► SymbolCoder.encode ──► bytes  (files, integers only)

The two are apart because a change of the last place in a floating-point probability loses a whole stream: a coder is
made once, travels with the model, and is never recomputed where the file is read.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from compressible.bitstream.container import SymbolModelKind
from compressible.quantizers.base import Quantized


@dataclass(frozen=True)
class Rate:
    """Cost of all symbols of a batch, in bits.

    Attributes:
        loss: differentiable, what the method minimises; a scalar.
        bits: detached cost of the hard symbols under the model, (groups,).
    """

    loss: Tensor
    bits: Tensor


class SymbolCoder(ABC):
    """Writes symbols as bytes and reads them back, the same on every machine."""

    kind: SymbolModelKind

    @property
    def frequencies(self) -> NDArray[np.int64] | None:
        """What is known of the symbols beforehand, (groups, max alphabet) as in ``bitstream.tables``, if anything is.

        Coders of other kinds can be made from it, see ``rates.coders``.
        """
        return None

    @abstractmethod
    def encode(self, symbols: np.ndarray) -> bytes:
        """Bytes of integer symbols (groups, ...). Raises ``ValueError`` on a symbol outside its group's alphabet."""

    @abstractmethod
    def decode(self, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
        """Symbols of ``shape``, int64. Raises ``BitstreamError`` if ``data`` is not what ``encode`` wrote for it."""

    @abstractmethod
    def bits(self, symbols: np.ndarray) -> float:
        """Cross-entropy of the symbols under the coder's own probabilities, in bits."""


class SymbolModel(nn.Module, ABC):
    """Base of all symbol models. Every constructor takes ``alphabet`` first: the quantizer supplies it.

    Args:
        alphabet: number of symbols of each group.
    """

    def __init__(self, alphabet: tuple[int, ...]) -> None:
        super().__init__()
        self.alphabet = alphabet

    @abstractmethod
    def rate(self, quantized: Quantized) -> Rate:
        """Price a batch; in training mode an adaptive model also learns from it."""

    def fill(self, symbols: Tensor, batches: int) -> None:
        """Start from the symbols (groups, ...) of so many batches, as if others like them had been seen for long.

        Where several processes train, all call it together, each with its own symbols.
        """

    @abstractmethod
    def coder(self) -> SymbolCoder:
        """The integer coder for the model as it stands."""


class SymbolModelFactory(Protocol):
    """Makes the symbol model of a bottleneck."""

    def __call__(self, alphabet: tuple[int, ...]) -> SymbolModel:
        """The symbol model."""
        ...


def count_symbols(symbols: Tensor, size: int) -> Tensor:
    """Occurrences of each symbol in each group, (groups, size) int64, of symbols (groups, ...)."""
    groups = symbols.shape[0]
    offsets = torch.arange(groups, device=symbols.device)[:, None] * size
    return (symbols.flatten(1) + offsets).flatten().bincount(minlength=groups * size).view(groups, size)
