"""Frequency tables that travel in a file, at about five bits a symbol.

    counts ──► levels: floating-point numbers of a few bits ──► integer frequencies that sum to 2**20
                  │
                  └──► bits in the file

What a wrong probability costs depends on its relative error, so a level keeps the same few leading bits of every count.
Level v with m bits of mantissa stands for the weight

    v = e * 2**m + j:    j if e = 0,    (2**m + j) * 2**(e - 1) otherwise

which grows with v, counts one by one as long as it can, and doubles every 2**m levels after that. Neighbouring symbols
of a codebook in order of value are about equally frequent, so exponents are written as differences. From weights to
frequencies everything is integer arithmetic, the same on every machine.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.tables import PRECISION, TOTAL

MAX_ALPHABET = 2**16

_MANTISSA_WIDTH = 3
_EXPONENT_WIDTH = 5
_MAX_EXPONENT = 2**_EXPONENT_WIDTH - 1
_SCALES = range(5, PRECISION + 1)
"""Powers of two that all weights of a table may sum to, about."""
_MANTISSAS = range(2**_MANTISSA_WIDTH)


@dataclass(frozen=True, eq=False)
class CompactTable:
    """Frequencies of the symbols of one stream.

    Args:
        mantissa: bits of mantissa of all levels, 0..7.
        levels: (L,) integers.

    Raises:
        BitstreamError: a level is out of range, there are none or too many, or all have no weight.
    """

    mantissa: int
    levels: NDArray[np.int64]

    def __post_init__(self) -> None:
        _check_size(len(self.levels))
        exponents = self.levels >> self.mantissa
        if self.mantissa not in _MANTISSAS or exponents.min() < 0 or exponents.max() > _MAX_EXPONENT:
            raise BitstreamError("a frequency table has a level that is out of range")
        if not self.levels.any():
            raise BitstreamError("a frequency table has no weight")

    @property
    def frequencies(self) -> NDArray[np.int64]:
        """(L,) integers of at least 1 that sum to 2**20; what rounding leaves over goes to the first of the largest."""
        exponents = self.levels >> self.mantissa
        fractions = self.levels & ((1 << self.mantissa) - 1)
        weights = np.where(exponents == 0, fractions, (1 << self.mantissa) + fractions) << np.maximum(exponents - 1, 0)
        frequencies = 1 + weights * (TOTAL - len(weights)) // weights.sum()
        frequencies[np.argmax(frequencies)] += TOTAL - frequencies.sum()
        return frequencies

    @property
    def size(self) -> int:
        """Bits in the file."""
        steps = np.abs(np.diff(self.levels >> self.mantissa))
        body = len(steps) + int(steps.sum()) + int(np.count_nonzero(steps)) + self.mantissa * len(self.levels)
        return _MANTISSA_WIDTH + _EXPONENT_WIDTH + body

    def write(self, bits: BitWriter) -> None:
        """Mantissa width; the exponents, the first as it is, the others as differences; the mantissas."""
        exponents = (self.levels >> self.mantissa).tolist()
        bits.write(self.mantissa, _MANTISSA_WIDTH)
        bits.write(exponents[0], _EXPONENT_WIDTH)
        for before, after in pairwise(exponents):
            bits.write_signed(after - before)
        for level in self.levels.tolist():
            bits.write(level & ((1 << self.mantissa) - 1), self.mantissa)

    @classmethod
    def read(cls, bits: BitReader, size: int) -> Self:
        """Inverse of ``write`` for ``size`` symbols. Raises ``BitstreamError`` if there is no such table."""
        mantissa = bits.read(_MANTISSA_WIDTH)
        exponents = [bits.read(_EXPONENT_WIDTH)]
        for _ in range(size - 1):
            exponents.append(exponents[-1] + bits.read_signed())
            if not 0 <= exponents[-1] <= _MAX_EXPONENT:
                raise BitstreamError("a frequency table has a level that is out of range")
        return cls(mantissa, np.array([(e << mantissa) + bits.read(mantissa) for e in exponents]))

    @classmethod
    def fit(cls, counts: NDArray[np.integer]) -> Self:
        """The table with which itself and symbols that occur ``counts`` (L,) times take the fewest bits.

        Raises:
            ValueError: a count is negative.
            BitstreamError: there are none, or too many.
        """
        if (counts < 0).any():
            raise ValueError("counts must not be negative")
        _check_size(len(counts))
        # Of a stream without symbols, nothing but its size matters.
        occurring = counts if counts.any() else np.ones_like(counts)
        shares = occurring / max(1, occurring.sum())
        tables = [
            cls(mantissa, _nearest(shares * 2.0**scale, mantissa)) for scale in _SCALES for mantissa in _MANTISSAS
        ]
        return min(tables, key=lambda table: table.size + float(counts @ (PRECISION - np.log2(table.frequencies))))


def _check_size(size: int) -> None:
    if not 1 <= size <= MAX_ALPHABET:
        raise BitstreamError(f"an alphabet has 1..{MAX_ALPHABET} symbols, got {size}")


def _nearest(weights: NDArray[np.float64], mantissa: int) -> NDArray[np.int64]:
    """The levels nearest to positive or zero ``weights``."""
    _, exponents = np.frexp(weights)
    shifts = np.maximum(exponents.astype(np.int64) - 1 - mantissa, 0)
    levels = np.rint(np.ldexp(weights, -shifts)).astype(np.int64) + (shifts << mantissa)
    # Not even the most frequent one may vanish.
    levels[np.argmax(weights)] = max(1, levels.max())
    return levels
