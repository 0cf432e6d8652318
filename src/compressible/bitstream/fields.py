"""Whole numbers, texts and bytes one after another: what a directory in a file is written with."""

from compressible.bitstream.errors import BitstreamError

MAX_NUMBER = 2**63 - 1


def number(value: int) -> bytes:
    """``value`` in 7 bits a byte, the lowest first; all bytes but the last have their highest bit set.

    Raises:
        ValueError: the value is outside 0..2^63 - 1.
    """
    if not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"a number in a file lies in 0..{MAX_NUMBER}, got {value}")
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> bytes:
    """``value`` of either sign as a number: 0, -1, 1, -2, ... are 0, 1, 2, 3, ..."""
    return number(2 * value if value >= 0 else -2 * value - 1)


class FieldReader:
    """Reads what the functions of this file wrote; everything raises ``BitstreamError`` where the bytes end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def number(self) -> int:
        """Inverse of ``number``."""
        value = 0
        for shift in range(0, 63, 7):
            (byte,) = self.take(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise BitstreamError("a number in the file is too large")

    def signed(self) -> int:
        """Inverse of ``signed``."""
        value = self.number()
        return -(value + 1) // 2 if value & 1 else value // 2

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        taken = self._data[self._position : self._position + size]
        if len(taken) < size:
            raise BitstreamError(
                f"a part of the file is truncated: {size} bytes are missing from its {len(self._data)}"
            )
        self._position += size
        return taken

    def rest(self) -> bytes:
        """All bytes that are left."""
        return self.take(len(self._data) - self._position)

    def finish(self) -> None:
        """Raise ``BitstreamError`` if bytes are left."""
        if left := len(self._data) - self._position:
            raise BitstreamError(f"{left} bytes follow the end of a part of the file")
