"""The centers of one stream of a weight file: listed, or on a uniform grid.

    0  L  c_0 ... c_(L-1)  float16           1  the same in float32           2  L  lowest  step  float32

L and ``lowest`` are numbers as in ``fields``, floats are little-endian.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.compact_tables import MAX_ALPHABET
from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.fields import FieldReader, number, signed

MAX_INDEX = 2**24
"""Up to here float32 holds every integer."""

_LISTED = (np.dtype("<f2"), np.dtype("<f4"))
_GRID = 2


@dataclass(frozen=True, eq=False)
class ListedCenters:
    """Centers as given.

    Args:
        values: (L,) float16 or float32, stored as such.

    Raises:
        BitstreamError: there are none or too many, or one is not finite.
    """

    values: NDArray[np.floating]

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.dtype not in _LISTED:
            raise BitstreamError(f"centers must be (L,) in float16 or float32, got {self.values.dtype}")
        _check_size(len(self.values))
        if not np.isfinite(self.values).all():
            raise BitstreamError("a center is not finite")

    @property
    def size(self) -> int:
        """L."""
        return len(self.values)

    @property
    def largest(self) -> np.float32:
        """The largest magnitude of a center."""
        return np.float32(np.abs(self.values).max())

    def centers(self) -> NDArray[np.float32]:
        """(L,)."""
        return self.values.astype(np.float32)

    def to_bytes(self) -> bytes:
        """See above."""
        kind = _LISTED.index(self.values.dtype)
        return number(kind) + number(self.size) + self.values.astype(_LISTED[kind]).tobytes()


@dataclass(frozen=True)
class UniformGrid:
    """Centers ``step * (lowest + k)`` for k = 0..L-1: float32 products of two numbers that float32 holds exactly.

    Args:
        step: positive, a float32.
        lowest: index of the first center.
        size: L.

    Raises:
        BitstreamError: there are none or too many, an index is beyond ``MAX_INDEX``, or a center is not finite.
    """

    step: float
    lowest: int
    size: int

    def __post_init__(self) -> None:
        _check_size(self.size)
        if not 0 < self.step < np.inf or float(np.float32(self.step)) != self.step:
            raise BitstreamError(f"the step of a grid is a positive float32, got {self.step}")
        if self._furthest > MAX_INDEX or self.step * self._furthest > float(np.finfo(np.float32).max):
            raise BitstreamError(f"a grid of {self.size} centers from {self.lowest} * {self.step:g} on goes too far")

    @property
    def _furthest(self) -> int:
        return max(abs(self.lowest), abs(self.lowest + self.size - 1))

    @property
    def largest(self) -> np.float32:
        """The largest magnitude of a center."""
        return np.float32(self.step) * np.float32(self._furthest)

    def centers(self) -> NDArray[np.float32]:
        """(L,)."""
        return np.float32(self.step) * (self.lowest + np.arange(self.size)).astype(np.float32)

    def to_bytes(self) -> bytes:
        """See above."""
        return number(_GRID) + number(self.size) + signed(self.lowest) + np.array(self.step, dtype="<f4").tobytes()


Codebook = ListedCenters | UniformGrid


def read_codebook(fields: FieldReader) -> Codebook:
    """Inverse of ``to_bytes``. Raises ``BitstreamError`` if there is no such codebook."""
    kind, size = fields.number(), fields.number()
    _check_size(size)
    if kind < len(_LISTED):
        return ListedCenters(np.frombuffer(fields.take(size * _LISTED[kind].itemsize), _LISTED[kind]))
    if kind == _GRID:
        lowest = fields.signed()
        return UniformGrid(float(np.frombuffer(fields.take(4), "<f4")[0]), lowest, size)
    raise BitstreamError(f"a codebook of kind {kind} is not known")


def _check_size(size: int) -> None:
    if not 1 <= size <= MAX_ALPHABET:
        raise BitstreamError(f"a codebook has 1..{MAX_ALPHABET} centers, got {size}")
