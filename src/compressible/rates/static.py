"""Static coding: one integer frequency table a group, the same for every file.

symbols (groups, n) ──► range coder with tables (groups, L) ──► bytes
"""

from math import prod

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream import static_coder, tables
from compressible.bitstream.container import SymbolModelKind
from compressible.rates.base import SymbolCoder


class StaticCoder(SymbolCoder):
    """Range coding with fixed integer tables.

    Args:
        frequencies: (groups, max alphabet) integers; each row sums to 2^PRECISION, entries past a group's alphabet
            are zero and all others at least 1.
    """

    kind = SymbolModelKind.STATIC

    def __init__(self, frequencies: np.ndarray) -> None:
        self._frequencies = frequencies.astype(np.int64)

    @property
    def frequencies(self) -> NDArray[np.int64]:
        """The tables."""
        return self._frequencies

    @classmethod
    def from_pmf(cls, pmf: np.ndarray, alphabet: tuple[int, ...]) -> "StaticCoder":
        """Coder with the integer tables closest to ``pmf`` (groups, max alphabet)."""
        return cls(tables.frequency_tables(pmf, alphabet))

    def encode(self, symbols: np.ndarray) -> bytes:
        """Bytes of symbols (groups, ...)."""
        return static_coder.encode(symbols.reshape(symbols.shape[0], -1), self.frequencies)

    def decode(self, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
        """Symbols of ``shape`` (groups, ...)."""
        return static_coder.decode(data, self.frequencies, prod(shape[1:])).reshape(shape)

    def bits(self, symbols: np.ndarray) -> float:
        """Cost under the tables, in bits."""
        flat = symbols.reshape(symbols.shape[0], -1)
        counts = np.stack([np.bincount(row, minlength=self.frequencies.shape[1]) for row in flat])
        return tables.cross_entropy_bits(counts, self.frequencies)
