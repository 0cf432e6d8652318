"""Streams of a weight file, range coded."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream import static_coder
from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.compact_tables import CompactTable
from compressible.bitstream.stream_coder_base import StreamCoder
from compressible.bitstream.tables import PRECISION


class RangeStreamCoder(StreamCoder):
    """The range coder of ``static_coder``; within a word of the entropy."""

    def __init__(self, table: CompactTable) -> None:
        self._table = table
        self._frequencies = table.frequencies[None]

    @classmethod
    def fit(cls, symbols: NDArray[np.integer], size: int) -> Self:
        """See ``CompactTable.fit``."""
        return cls(CompactTable.fit(np.bincount(symbols, minlength=size)))

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
