"""Streams of a weight file whose table is the frequencies of their symbols."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.compact_tables import CompactTable
from compressible.bitstream.stream_coder_base import StreamCoder
from compressible.bitstream.tables import PRECISION


class TableStreamCoder(StreamCoder):
    """Base of the coders that need frequencies."""

    def __init__(self, table: CompactTable) -> None:
        self._table = table
        self.frequencies = table.frequencies[None]
        """(1, L) integers, as in ``tables``."""

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
        if self.frequencies.size > 1:
            self._table.write(bits)

    @property
    def prices(self) -> NDArray[np.float64]:
        """Minus log2 of the probabilities in the table."""
        return PRECISION - np.log2(self.frequencies[0])
