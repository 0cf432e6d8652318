"""Streams of a weight file, coded with contexts: of a kernel those of its weights that came before.

    tensor (outputs, inputs, rows, columns) ──► a plane for each kernel       matrix (rows, columns) ──► one plane

So kernels that are zero throughout, or small, take little. Contexts start from the table, and what they learn goes on
from tensor to tensor.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream import decision_tree
from compressible.bitstream.decision_tree import Trees
from compressible.bitstream.stream_coder_base import Shape
from compressible.bitstream.table_stream_coder import TableStreamCoder


class ContextStreamCoder(TableStreamCoder):
    """The adaptive coder of ``context_coder``; it takes less than its prices where neighbours are alike."""

    def encode(self, symbols: NDArray[np.integer], shapes: Sequence[Shape]) -> bytes:
        """Any number of bytes."""
        from compressible.bitstream import context_coder  # numba

        planes = [context_coder.planes_of(shape) for shape in shapes]
        return context_coder.encode_planes(symbols[None], planes, self._trees)

    def decode(self, data: bytes, shapes: Sequence[Shape]) -> NDArray[np.int64]:
        """Symbol after symbol."""
        from compressible.bitstream import context_coder  # numba

        planes = [context_coder.planes_of(shape) for shape in shapes]
        return context_coder.decode_planes(data, planes, self._trees)[0]

    @cached_property
    def _trees(self) -> Trees:
        return decision_tree.trees_of_tables(self.frequencies)
