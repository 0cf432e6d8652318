"""A uniform symbol model: every symbol of a group costs log2 of its alphabet.

Nothing to learn and nothing to send; what identity and fixed-rate codes are priced with.
"""

from math import log2, prod

import numpy as np
import torch

from compressible.bitstream import static_coder, tables
from compressible.bitstream.container import SymbolModelKind
from compressible.quantizers.base import Quantized
from compressible.rates.base import Rate, SymbolCoder, SymbolModel

DIGIT = 1 << 16
"""Alphabets beyond this are coded in digits of this base, most significant first."""


class Uniform(SymbolModel):
    """Prices every symbol alike; its loss has no gradient.

    Args:
        alphabet: number of symbols of each group.
    """

    def rate(self, quantized: Quantized) -> Rate:
        """log2 of the alphabet a symbol."""
        count = quantized.symbols[0].numel()
        bits = torch.tensor([count * log2(size) for size in self.alphabet], device=quantized.symbols.device)
        return Rate(loss=bits.sum(), bits=bits)

    def coder(self) -> "UniformCoder":
        """Coder with flat tables."""
        return UniformCoder(self.alphabet)


class UniformCoder(SymbolCoder):
    """Range coding with flat tables.

    Args:
        alphabet: number of symbols of each group, at most 2^32.
    """

    kind = SymbolModelKind.UNIFORM

    def __init__(self, alphabet: tuple[int, ...]) -> None:
        if any(not 1 <= size <= DIGIT * DIGIT for size in alphabet):
            raise ValueError(f"alphabets must have 1 to 2^32 symbols, got {alphabet}")
        self.alphabet = alphabet
        sizes = [size for whole in alphabet for size in _digit_sizes(whole)]
        flat = (np.arange(max(sizes))[None] < np.array(sizes)[:, None]).astype(np.float64)
        self._tables = tables.frequency_tables(flat / flat.sum(1, keepdims=True), tuple(sizes))

    def encode(self, symbols: np.ndarray) -> bytes:
        """Bytes of symbols (groups, ...)."""
        flat = symbols.reshape(len(self.alphabet), -1)
        limits = np.array(self.alphabet)[:, None]
        if bool(((flat < 0) | (flat >= limits)).any()):
            raise ValueError(f"symbols must lie inside their group's alphabet {self.alphabet}")
        digits = [digit for row, size in zip(flat, self.alphabet, strict=True) for digit in _split(row, size)]
        return static_coder.encode(np.stack(digits), self._tables)

    def decode(self, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
        """Symbols of ``shape`` (groups, ...)."""
        digits = iter(static_coder.decode(data, self._tables, prod(shape[1:])))
        rows = [_join([next(digits) for _ in _digit_sizes(size)]) for size in self.alphabet]
        return np.stack(rows).reshape(shape)

    def bits(self, symbols: np.ndarray) -> float:
        """Cost under the flat tables, in bits."""
        return prod(symbols.shape[1:]) * sum(log2(size) for size in self.alphabet)


def _digit_sizes(size: int) -> tuple[int, ...]:
    return (size,) if size <= DIGIT else (-(-size // DIGIT), DIGIT)


def _split(row: np.ndarray, size: int) -> tuple[np.ndarray, ...]:
    return (row,) if size <= DIGIT else (row // DIGIT, row % DIGIT)


def _join(digits: list[np.ndarray]) -> np.ndarray:
    """Numbers from their digits, most significant first."""
    total = np.zeros_like(digits[0])
    for digit in digits:
        total = total * DIGIT + digit
    return total
