"""How the symbols of a level of codes become chunks, for each symbol model that a file of codes can have.

symbols (groups, items, ...) ─┬─► group after group, static tables ──────────► a chunk each
                              └─► all groups, contexts start from the tables ─► one chunk
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream import decision_tree, static_coder
from compressible.bitstream.container import SymbolModelKind


class LevelCoder(ABC):
    """Codes symbols (groups, items, ...) with integer frequencies (L,) of each group, as in ``tables``."""

    @abstractmethod
    def count(self, groups: int) -> int:
        """How many chunks so many groups have."""

    @abstractmethod
    def encode(self, symbols: NDArray[np.integer], frequencies: Sequence[NDArray[np.int64]]) -> list[bytes]:
        """The chunks."""

    @abstractmethod
    def decode(
        self, chunks: Sequence[bytes], shape: tuple[int, ...], frequencies: Sequence[NDArray[np.int64]]
    ) -> NDArray[np.int64]:
        """Symbols of ``shape`` (groups, items, ...). Raises ``BitstreamError`` if the chunks are not theirs."""


class StaticLevelCoder(LevelCoder):
    """Range coding of each group with its table."""

    def count(self, groups: int) -> int:
        """One a group."""
        return groups

    def encode(self, symbols: NDArray[np.integer], frequencies: Sequence[NDArray[np.int64]]) -> list[bytes]:
        """See ``static_coder``."""
        return [static_coder.encode(row.reshape(1, -1), f[None]) for row, f in zip(symbols, frequencies, strict=True)]

    def decode(
        self, chunks: Sequence[bytes], shape: tuple[int, ...], frequencies: Sequence[NDArray[np.int64]]
    ) -> NDArray[np.int64]:
        """See ``static_coder``."""
        places = prod(shape[1:])
        rows = [static_coder.decode(c, f[None], places)[0] for c, f in zip(chunks, frequencies, strict=True)]
        return (np.stack(rows) if rows else np.zeros((0, places), np.int64)).reshape(shape)


class ContextLevelCoder(LevelCoder):
    """Context coding of all groups together."""

    def count(self, groups: int) -> int:
        """One."""
        return 1

    def encode(self, symbols: NDArray[np.integer], frequencies: Sequence[NDArray[np.int64]]) -> list[bytes]:
        """See ``context_coder``."""
        from compressible.bitstream import context_coder  # numba

        return [context_coder.encode(symbols, decision_tree.trees_of_tables(_stacked(frequencies)))]

    def decode(
        self, chunks: Sequence[bytes], shape: tuple[int, ...], frequencies: Sequence[NDArray[np.int64]]
    ) -> NDArray[np.int64]:
        """See ``context_coder``."""
        from compressible.bitstream import context_coder  # numba

        (chunk,) = chunks
        return context_coder.decode(chunk, shape, decision_tree.trees_of_tables(_stacked(frequencies)))


LEVEL_CODERS: dict[SymbolModelKind, LevelCoder] = {
    SymbolModelKind.STATIC: StaticLevelCoder(),
    SymbolModelKind.CONTEXT: ContextLevelCoder(),
}


def _stacked(frequencies: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Tables (groups, most symbols), with zeros past a group's alphabet."""
    tables = np.zeros((len(frequencies), max(map(len, frequencies), default=1)), np.int64)
    for row, own in zip(tables, frequencies, strict=True):
        row[: len(own)] = own
    return tables
