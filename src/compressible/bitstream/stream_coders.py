"""What codes the symbols of one stream of a weight file: a table that travels in the file, and bytes."""

from abc import ABC, abstractmethod
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream import huffman, static_coder
from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.compact_tables import CompactTable
from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.tables import PRECISION


class CoderKind(IntEnum):
    """How the symbols of a stream are coded. A number, once given, keeps its meaning."""

    RANGE = 0
    HUFFMAN = 1


class StreamCoder(ABC):
    """Codes symbols 0..L-1 with a table of its own."""

    kind: CoderKind

    @classmethod
    @abstractmethod
    def fit(cls, counts: NDArray[np.integer]) -> Self:
        """The coder for symbols that occur ``counts`` (L,) times."""

    @classmethod
    @abstractmethod
    def read(cls, bits: BitReader, size: int) -> Self:
        """Inverse of ``write`` for L = ``size``. Raises ``BitstreamError`` if there is no such table."""

    @abstractmethod
    def write(self, bits: BitWriter) -> None:
        """Append the table."""

    @property
    @abstractmethod
    def prices(self) -> NDArray[np.float64]:
        """Bits of each symbol, (L,)."""

    @abstractmethod
    def encode(self, symbols: NDArray[np.integer]) -> bytes:
        """Bytes of ``symbols`` (n,)."""

    @abstractmethod
    def decode(self, data: bytes, n: int) -> NDArray[np.int64]:
        """Inverse of ``encode``. Raises ``BitstreamError`` if the bytes are not those of n symbols."""


class RangeStreamCoder(StreamCoder):
    """The range coder of ``static_coder``; within a word of the entropy."""

    kind = CoderKind.RANGE

    def __init__(self, table: CompactTable) -> None:
        self._table = table
        self._frequencies = table.frequencies[None]

    @classmethod
    def fit(cls, counts: NDArray[np.integer]) -> Self:
        """See ``CompactTable.fit``."""
        return cls(CompactTable.fit(counts))

    @classmethod
    def read(cls, bits: BitReader, size: int) -> Self:
        """A single symbol has no table."""
        return cls(CompactTable.read(bits, size) if size > 1 else CompactTable(0, np.ones(1, dtype=np.int64)))

    def write(self, bits: BitWriter) -> None:
        """A single symbol has no table."""
        if self._frequencies.size > 1:
            self._table.write(bits)

    @property
    def prices(self) -> NDArray[np.float64]:
        """Minus log2 of the probabilities that the coder uses."""
        return PRECISION - np.log2(self._frequencies[0])

    def encode(self, symbols: NDArray[np.integer]) -> bytes:
        """A multiple of 4 bytes."""
        return static_coder.encode(symbols[None], self._frequencies)

    def decode(self, data: bytes, n: int) -> NDArray[np.int64]:
        """All at once, since the whole is checked by writing it again."""
        return static_coder.decode(data, self._frequencies, n)[0]


class HuffmanStreamCoder(StreamCoder):
    """Canonical Huffman codes: a whole number of bits a symbol, and at least one."""

    kind = CoderKind.HUFFMAN

    def __init__(self, lengths: NDArray[np.int64]) -> None:
        self._lengths = lengths

    @classmethod
    def fit(cls, counts: NDArray[np.integer]) -> Self:
        """The best code of at most 24 bits."""
        return cls(huffman.code_lengths(counts))

    @classmethod
    def read(cls, bits: BitReader, size: int) -> Self:
        """Lengths as differences, the first from 0; a single symbol has none."""
        lengths = [0]
        for _ in range(size if size > 1 else 0):
            lengths.append(lengths[-1] + bits.read_signed())
        found = np.array(lengths[1:] or [0])
        try:
            huffman.check_lengths(found)
        except ValueError as error:
            raise BitstreamError(str(error)) from error
        return cls(found)

    def write(self, bits: BitWriter) -> None:
        """Lengths as differences, the first from 0; a single symbol has none."""
        if len(self._lengths) > 1:
            for step in np.diff(self._lengths, prepend=0).tolist():
                bits.write_signed(step)

    @property
    def prices(self) -> NDArray[np.float64]:
        """The lengths of the codes."""
        return self._lengths.astype(np.float64)

    def encode(self, symbols: NDArray[np.integer]) -> bytes:
        """Codes one after another."""
        return huffman.encode(symbols, self._lengths)

    def decode(self, data: bytes, n: int) -> NDArray[np.int64]:
        """A code after another."""
        return huffman.decode(data, self._lengths, n)


CODERS: dict[CoderKind, type[StreamCoder]] = {coder.kind: coder for coder in (RangeStreamCoder, HuffmanStreamCoder)}
