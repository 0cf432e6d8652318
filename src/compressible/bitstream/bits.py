"""Numbers of a few bits each, one after another: what tables in a file are written with."""

from compressible.bitstream.errors import BitstreamError

_WIDTH = 6
"""Bits that say how many bits follow, in ``write_number``."""


class BitWriter:
    """Collects bits; the highest bit of a number comes first."""

    def __init__(self) -> None:
        self._digits: list[str] = []

    def write(self, value: int, width: int) -> None:
        """``value`` in ``width`` bits. Raises ``ValueError`` if it does not fit."""
        if not 0 <= value < 1 << width:
            raise ValueError(f"{value} does not fit {width} bits")
        if width:
            self._digits.append(f"{value:0{width}b}")

    def write_number(self, value: int) -> None:
        """``value`` in 6 bits that give its length and as many as it has. Raises ``ValueError`` beyond 63 bits."""
        self.write(value.bit_length(), _WIDTH)
        self.write(value, value.bit_length())

    def write_signed(self, value: int) -> None:
        """As many ones as ``value`` is large and a zero, then its sign if it has one."""
        self._digits.append("1" * abs(value) + "0" + ("" if value == 0 else "01"[value < 0]))

    @property
    def size(self) -> int:
        """Bits so far."""
        return sum(map(len, self._digits))

    def to_bytes(self) -> bytes:
        """All bits, filled up with zeros to whole bytes."""
        digits = "".join(self._digits)
        size = (len(digits) + 7) // 8
        return int(digits.ljust(8 * size, "0") or "0", 2).to_bytes(size, "big")


class BitReader:
    """Reads what a ``BitWriter`` wrote; everything raises ``BitstreamError`` where the bits end."""

    def __init__(self, data: bytes) -> None:
        self._digits = f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}" if data else ""
        self._position = 0

    def read(self, width: int) -> int:
        """The next ``width`` bits."""
        end = self._position + width
        if end > len(self._digits):
            raise BitstreamError("a table is truncated")
        digits = self._digits[self._position : end]
        self._position = end
        return int(digits or "0", 2)

    def read_number(self) -> int:
        """Inverse of ``write_number``."""
        return self.read(self.read(_WIDTH))

    def read_signed(self) -> int:
        """Inverse of ``write_signed``."""
        zero = self._digits.find("0", self._position)
        if zero < 0:
            raise BitstreamError("a table is truncated")
        magnitude = zero - self._position
        self._position = zero + 1
        return -magnitude if magnitude and self.read(1) else magnitude

    def finish(self) -> None:
        """Raise ``BitstreamError`` if more is left than zeros to fill a byte."""
        if len(self._digits) - self._position >= 8 or "1" in self._digits[self._position :]:
            raise BitstreamError("something follows the last table")
