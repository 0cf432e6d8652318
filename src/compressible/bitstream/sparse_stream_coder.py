"""Streams of a weight file most of whose symbols are the same: where the others are, and which.

    symbols ──► sparse_index ─┬─► differences ──► Huffman codes ──► bytes ─┐
                              └─► symbols ──────► Huffman codes ──► bytes ─┴─► one after the other

    zero         the symbol that is left out               as many bits as L - 1 has
    width        of a difference, 1..12                    4 bits
    entries      differences and symbols each, m           a number as in ``bits``
    fillers      entries that are zero                     a number
    split        bytes of the differences                  a number
    two codes    of the differences less 1, of symbols     see ``code_tables``

Han et al. 2016, "Deep compression", sections 2 and 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.code_tables import PartialCode
from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.sparse_index import SparseSymbols, sparse_decode, sparse_encode
from compressible.bitstream.stream_coder_base import Shape, StreamCoder

WIDTHS = range(1, 13)
"""Bits of a difference. Fillers are so few where longer ones would help that they hardly cost anything."""
_WIDTH_BITS = 4


@dataclass(frozen=True, eq=False)
class SparseStreamCoder(StreamCoder):
    """Relative indices and symbols, each with a Huffman code of their own; see above.

    As its table counts what is coded, it codes no symbols but those that it was fitted to.
    """

    zero: int
    width: int
    entries: int
    fillers: int
    split: int
    differences: PartialCode
    symbols: PartialCode

    @classmethod
    def fit(cls, symbols: NDArray[np.integer], size: int) -> Self:
        """Zero is the most frequent symbol; of all widths that with which table and symbols take the fewest bits."""
        counts = np.bincount(symbols, minlength=size)
        zero = int(np.argmax(counts))
        coders = (cls._of(sparse_encode(symbols, zero, width), zero, width, size) for width in WIDTHS)
        return min(coders, key=lambda coder: coder._table_bits + float(counts @ coder.prices))

    @classmethod
    def _of(cls, sparse: SparseSymbols, zero: int, width: int, size: int) -> Self:
        counts = np.bincount(sparse.differences - 1, minlength=2**width - 1)
        differences = PartialCode.fit(counts)
        symbols = np.bincount(sparse.symbols, minlength=size)
        split = (int(counts @ differences.prices) + 7) // 8
        entries, fillers = len(sparse.symbols), int(symbols[zero])
        return cls(zero, width, entries, fillers, split, differences, PartialCode.fit(symbols))

    @classmethod
    def read(cls, bits: BitReader, size: int) -> Self:
        """See above."""
        zero, width = bits.read((size - 1).bit_length()), bits.read(_WIDTH_BITS)
        entries, fillers, split = (bits.read_number() for _ in range(3))
        if zero >= size or width not in WIDTHS or fillers > entries:
            raise BitstreamError("the table of a sparse stream has a number that is out of range")
        differences = PartialCode.read(bits, 2**width - 1)
        return cls(zero, width, entries, fillers, split, differences, PartialCode.read(bits, size))

    def write(self, bits: BitWriter) -> None:
        """See above."""
        bits.write(self.zero, (self.symbols.size - 1).bit_length())
        bits.write(self.width, _WIDTH_BITS)
        for value in (self.entries, self.fillers, self.split):
            bits.write_number(value)
        self.differences.write(bits)
        self.symbols.write(bits)

    @property
    def _table_bits(self) -> int:
        bits = BitWriter()
        self.write(bits)
        return bits.size

    @property
    def prices(self) -> NDArray[np.float64]:
        """Nothing for zero; for all others their code, and an even share of all differences and fillers.

        So it is an average: what a symbol really costs depends on how far it is from the one before.
        """
        codes = self.symbols.prices.astype(np.float64)
        indices = 8 * self.split + self.fillers * int(codes[self.zero])
        prices = codes + indices / max(1, self.entries - self.fillers)
        prices[self.zero] = 0
        return prices

    def encode(self, symbols: NDArray[np.integer], shapes: Sequence[Shape]) -> bytes:
        """Raises ``ValueError`` if the coder was fitted to other symbols."""
        sparse = sparse_encode(symbols, self.zero, self.width)
        differences = self.differences.encode(sparse.differences - 1)
        fillers = np.count_nonzero(sparse.symbols == self.zero)
        if (len(sparse.symbols), fillers, len(differences)) != (self.entries, self.fillers, self.split):
            raise ValueError("a sparse coder takes only the symbols that it was fitted to")
        return differences + self.symbols.encode(sparse.symbols)

    def decode(self, data: bytes, shapes: Sequence[Shape]) -> NDArray[np.integer]:
        """Of the smallest type that holds them, since any number of zeros may come from no bytes at all."""
        n = sum(map(prod, shapes))
        if self.entries > n or self.split > len(data):
            raise BitstreamError(
                f"the payload is damaged: {len(data)} bytes and {n} symbols cannot hold {self.entries} entries"
            )
        differences = self.differences.decode(data[: self.split], self.entries) + 1
        symbols = self.symbols.decode(data[self.split :], self.entries)
        sparse = SparseSymbols(differences, symbols.astype(np.min_scalar_type(self.symbols.size - 1)))
        self._check_fillers(sparse)
        try:
            return sparse_decode(sparse, self.zero, n)
        except ValueError as error:
            raise BitstreamError(str(error)) from error

    def _check_fillers(self, sparse: SparseSymbols) -> None:
        """Fillers stand only where a distance is too long, so they are the longest and a symbol comes after them."""
        fillers = sparse.symbols == self.zero
        too_short = fillers & (sparse.differences < 2**self.width - 1)
        if np.count_nonzero(fillers) != self.fillers or too_short.any() or fillers[-1:].any():
            raise BitstreamError("a sparse stream is damaged: it has fillers where none belong")
