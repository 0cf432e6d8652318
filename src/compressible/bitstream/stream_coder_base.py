"""What codes the symbols of one stream of a weight file: a table that travels in the file, and bytes."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.bits import BitReader, BitWriter

Shape = tuple[int, ...]


class StreamCoder(ABC):
    """Codes symbols 0..L-1 with a table of its own: those of some tensors, one after another."""

    @classmethod
    @abstractmethod
    def fit(cls, symbols: NDArray[np.integer], size: int) -> Self:
        """The coder for ``symbols`` (n,) of an alphabet of L = ``size``."""

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
        """Bits of each symbol, (L,), as far as the table tells."""

    @abstractmethod
    def encode(self, symbols: NDArray[np.integer], shapes: Sequence[Shape]) -> bytes:
        """Bytes of ``symbols`` (n,), of tensors of these shapes."""

    @abstractmethod
    def decode(self, data: bytes, shapes: Sequence[Shape]) -> NDArray[np.integer]:
        """Inverse of ``encode``. Raises ``BitstreamError`` if the bytes are not those of such tensors."""
