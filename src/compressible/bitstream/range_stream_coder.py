"""Streams of a weight file, range coded."""

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream import static_coder
from compressible.bitstream.stream_coder_base import Shape
from compressible.bitstream.table_stream_coder import TableStreamCoder


class RangeStreamCoder(TableStreamCoder):
    """The range coder of ``static_coder``; within a word of the entropy."""

    def encode(self, symbols: NDArray[np.integer], shapes: Sequence[Shape]) -> bytes:
        """A multiple of 4 bytes."""
        return static_coder.encode(symbols[None], self.frequencies)

    def decode(self, data: bytes, shapes: Sequence[Shape]) -> NDArray[np.int64]:
        """All at once, since the whole is checked by writing it again."""
        return static_coder.decode(data, self.frequencies, sum(map(prod, shapes)))[0]
