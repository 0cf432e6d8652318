"""Streams of a weight file, Huffman coded."""

from collections.abc import Sequence
from math import prod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream import huffman
from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.code_tables import read_lengths, write_lengths
from compressible.bitstream.stream_coder_base import Shape, StreamCoder


class HuffmanStreamCoder(StreamCoder):
    """Canonical Huffman codes: a whole number of bits a symbol, and at least one."""

    def __init__(self, lengths: NDArray[np.int64]) -> None:
        self._lengths = lengths

    @classmethod
    def fit(cls, symbols: NDArray[np.integer], size: int) -> Self:
        """The best code of at most 24 bits."""
        return cls(huffman.code_lengths(np.bincount(symbols, minlength=size)))

    @classmethod
    def read(cls, bits: BitReader, size: int) -> Self:
        """The lengths of all symbols; see ``code_tables``."""
        return cls(read_lengths(bits, size))

    def write(self, bits: BitWriter) -> None:
        """The lengths of all symbols; see ``code_tables``."""
        write_lengths(bits, self._lengths)

    @property
    def prices(self) -> NDArray[np.float64]:
        """The lengths of the codes."""
        return self._lengths.astype(np.float64)

    def encode(self, symbols: NDArray[np.integer], shapes: Sequence[Shape]) -> bytes:
        """Codes one after another."""
        return huffman.encode(symbols, self._lengths)

    def decode(self, data: bytes, shapes: Sequence[Shape]) -> NDArray[np.int64]:
        """A code after another."""
        return huffman.decode(data, self._lengths, sum(map(prod, shapes)))
