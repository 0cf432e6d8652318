"""Huffman codes in a table: their lengths, from which the codes follow.

of all symbols     2 1 3 3                differences +2 -1 +2 0, the first from 0; a single symbol has none
of some symbols    - 2 - - 1 3 3 -        0 1 0 0 1 1 1 0, where a code is, and then as above
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream import huffman
from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.errors import BitstreamError


def write_lengths(bits: BitWriter, lengths: NDArray[np.integer]) -> None:
    """Append the lengths (L,) of the codes of all symbols."""
    if len(lengths) > 1:
        for step in np.diff(lengths, prepend=0).tolist():
            bits.write_signed(step)


def read_lengths(bits: BitReader, size: int) -> NDArray[np.int64]:
    """Inverse of ``write_lengths`` for L = ``size``. Raises ``BitstreamError`` if they are of no complete code."""
    lengths = [0]
    for _ in range(size if size > 1 else 0):
        lengths.append(lengths[-1] + bits.read_signed())
    found = np.array(lengths[1:] or [0])
    try:
        huffman.check_lengths(found)
    except ValueError as error:
        raise BitstreamError(str(error)) from error
    return found


@dataclass(frozen=True, eq=False)
class PartialCode:
    """A Huffman code of some of the symbols 0..L-1; the others have none.

    Attributes:
        size: L.
        symbols: (k,), those that have a code, ascending; one at least.
        lengths: (k,), of their codes.
    """

    size: int
    symbols: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @classmethod
    def fit(cls, counts: NDArray[np.integer]) -> Self:
        """The best code of the symbols that occur, ``counts`` (L,) times; if none does, of the first."""
        occurring = np.flatnonzero(counts) if counts.any() else np.zeros(1, dtype=np.int64)
        return cls(len(counts), occurring, huffman.code_lengths(counts[occurring]))

    @classmethod
    def read(cls, bits: BitReader, size: int) -> Self:
        """Inverse of ``write`` for L = ``size``. Raises ``BitstreamError`` if there is no such table."""
        symbols = np.flatnonzero([bits.read(1) for _ in range(size)])
        if not len(symbols):
            raise BitstreamError("a table has a code for no symbol")
        return cls(size, symbols, read_lengths(bits, len(symbols)))

    def write(self, bits: BitWriter) -> None:
        """Append which symbols have a code, and the lengths of these."""
        for has_code in np.isin(np.arange(self.size), self.symbols).tolist():
            bits.write(has_code, 1)
        write_lengths(bits, self.lengths)

    @property
    def prices(self) -> NDArray[np.int64]:
        """Bits of each symbol, (L,); 0 of those without a code."""
        prices = np.zeros(self.size, dtype=np.int64)
        prices[self.symbols] = self.lengths
        return prices

    def encode(self, symbols: NDArray[np.integer]) -> bytes:
        """See ``huffman.encode``. Raises ``ValueError`` if a symbol has no code."""
        ranks = np.searchsorted(self.symbols, symbols)
        if (self.symbols[np.minimum(ranks, len(self.symbols) - 1)] != symbols).any():
            raise ValueError("a symbol has no code")
        return huffman.encode(ranks, self.lengths)

    def decode(self, data: bytes, n: int) -> NDArray[np.int64]:
        """See ``huffman.decode``."""
        return self.symbols[huffman.decode(data, self.lengths, n)]
