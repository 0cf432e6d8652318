"""A file of codes: the symbols that a model gave the items of a data set, with the tables that read them.

    header:  items, levels; of each level: groups, axes of a place, their sizes, alphabets; tables, bit by bit
    chunks:  symbol model STATIC: one a group of a level, range coded with the group's table
             CONTEXT: one a level, its groups one after another, with contexts that start from the tables

What a number, a table and a chunk look like in bytes: ``fields``, ``compact_tables``, ``static_coder``,
``context_coder``. The last two axes of a place, of two or more, are rows and columns of contexts; if it has one, rows
are items.
"""

from dataclasses import dataclass
from math import prod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.compact_tables import MAX_ALPHABET, CompactTable
from compressible.bitstream.container import Container, PayloadKind, SymbolModelKind
from compressible.bitstream.digest import symbol_digest
from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.fields import FieldReader, number
from compressible.bitstream.level_coders import LEVEL_CODERS, LevelCoder

MAX_CODES = 2**27
"""Symbols of a file. A few bytes can declare any number of them, so the limit holds before memory is taken."""


@dataclass(frozen=True, eq=False)
class Codes:
    """The symbols of one level.

    Attributes:
        alphabet: number of symbols of each group, 1..65536.
        symbols: integers (groups, items, ...); the axes after the item are the place in it.

    Raises:
        ValueError: they do not fit together.
    """

    alphabet: tuple[int, ...]
    symbols: NDArray[np.integer]

    def __post_init__(self) -> None:
        if any(not 1 <= size <= MAX_ALPHABET for size in self.alphabet):
            raise ValueError(f"alphabets must have 1..{MAX_ALPHABET} symbols, got {self.alphabet}")
        if self.symbols.dtype.kind not in "iu" or self.symbols.ndim < 2 or len(self.symbols) != len(self.alphabet):
            raise ValueError(
                f"symbols must be integers ({len(self.alphabet)}, items, ...), "
                f"got {self.symbols.dtype} of shape {self.symbols.shape}"
            )
        limits = np.array(self.alphabet).reshape(-1, *(1,) * (self.symbols.ndim - 1))
        if ((self.symbols < 0) | (self.symbols >= limits)).any():
            raise ValueError("symbols must lie in 0..L-1 of their group")


@dataclass(frozen=True, eq=False)
class CodeFile:
    """Codes of a data set.

    Attributes:
        model: 8-byte hash of the model that gave them.
        levels: coarsest first, of the same items.

    Raises:
        ValueError: the levels have different numbers of items, or more than ``MAX_CODES`` symbols in all.
    """

    model: bytes
    levels: tuple[Codes, ...]

    def __post_init__(self) -> None:
        if len({level.symbols.shape[1] for level in self.levels}) > 1:
            raise ValueError("all levels must have the same items")
        if sum(level.symbols.size for level in self.levels) > MAX_CODES:
            raise ValueError(f"a file has at most {MAX_CODES} codes")

    @property
    def items(self) -> int:
        """Number of items."""
        return self.levels[0].symbols.shape[1] if self.levels else 0

    def to_bytes(self, entropy: SymbolModelKind = SymbolModelKind.STATIC) -> bytes:
        """The file, its symbols coded with ``entropy``. Raises ``ValueError`` if that is none of those above."""
        if entropy not in LEVEL_CODERS:
            raise ValueError(f"codes are coded with static tables or with contexts, not with {entropy.name.lower()}")
        header = [number(self.items), number(len(self.levels))]
        tables, chunks = BitWriter(), list[bytes]()
        for level in self.levels:
            places = level.symbols.shape[2:]
            header += [number(len(level.alphabet)), number(len(places)), *map(number, (*places, *level.alphabet))]
            fitted = [
                CompactTable.fit(np.bincount(symbols.ravel(), minlength=size))
                for size, symbols in zip(level.alphabet, level.symbols, strict=True)
            ]
            for table in fitted:
                table.write(tables)
            chunks += LEVEL_CODERS[entropy].encode(level.symbols, [table.frequencies for table in fitted])
        return Container(
            kind=PayloadKind.CODES,
            symbol_model=entropy,
            model=self.model,
            header=b"".join(header) + tables.to_bytes(),
            chunks=tuple(chunks),
            digest=symbol_digest(level.symbols for level in self.levels),
        ).to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Inverse of ``to_bytes``. Raises ``BitstreamError`` if the bytes are no such file."""
        container = Container.from_bytes(data)
        if container.kind is not PayloadKind.CODES:
            raise BitstreamError(f"this file holds {container.kind.name.lower()}, not codes of a data set")
        if container.symbol_model not in LEVEL_CODERS:
            raise BitstreamError(f"codes of a data set are never {container.symbol_model.name.lower()} coded")
        coder = LEVEL_CODERS[container.symbol_model]
        fields = FieldReader(container.header)
        items, count = fields.number(), fields.number()
        layouts = [_Layout.read(fields, items) for _ in range(_plausible(count, container))]
        if sum(prod(max(side, 1) for side in layout.shape) for layout in layouts) > MAX_CODES:
            raise BitstreamError(f"a file has at most {MAX_CODES} codes, this one declares more")
        tables = BitReader(fields.rest())
        counts = [coder.count(len(layout.alphabet)) for layout in layouts]
        if sum(counts) != len(container.chunks):
            raise BitstreamError(f"the file of codes has {len(container.chunks)} chunks, and needs {sum(counts)}")
        chunks = iter(container.chunks)
        levels = tuple(
            layout.decode(tables, coder, [next(chunks) for _ in range(count)])
            for layout, count in zip(layouts, counts, strict=True)
        )
        tables.finish()
        if symbol_digest(level.symbols for level in levels) != container.digest:
            raise BitstreamError("the decoded codes are not those that were written")
        return cls(container.model, levels)


@dataclass(frozen=True)
class _Layout:
    """What the header says of a level."""

    shape: tuple[int, ...]
    alphabet: tuple[int, ...]

    @classmethod
    def read(cls, fields: FieldReader, items: int) -> Self:
        groups, axes = fields.number(), fields.number()
        # Each takes a byte or more of the header, which ends long before memory does.
        places = [fields.number() for _ in range(axes)]
        alphabet = tuple(fields.number() for _ in range(groups))
        if any(not 1 <= size <= MAX_ALPHABET for size in alphabet):
            raise BitstreamError(f"an alphabet has 1..{MAX_ALPHABET} symbols, the file declares others")
        return cls((groups, items, *places), alphabet)

    def decode(self, tables: BitReader, coder: LevelCoder, chunks: list[bytes]) -> Codes:
        frequencies = [CompactTable.read(tables, size).frequencies for size in self.alphabet]
        return Codes(self.alphabet, coder.decode(chunks, self.shape, frequencies))


def _plausible(levels: int, container: Container) -> int:
    if levels > len(container.header):
        raise BitstreamError(f"the file declares {levels} levels, more than its header can describe")
    return levels
