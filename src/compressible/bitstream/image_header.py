"""What an image file says about its image: the size, within limits."""

import struct
from dataclasses import dataclass
from typing import Self

from compressible.bitstream.errors import BitstreamError

MAX_SIDE = 2**17
MAX_PIXELS = 2**28

_SIZE = struct.Struct("<II")


@dataclass(frozen=True)
class ImageHeader:
    """Width and height in pixels; 8 bytes in the file.

    A few bytes can declare any size, so the limits hold from the moment a header exists, before memory is taken for
    what it describes.

    Raises:
        BitstreamError: a side is outside 1..``MAX_SIDE``, or there are more than ``MAX_PIXELS`` pixels.
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_SIDE and 1 <= self.height <= MAX_SIDE):
            raise BitstreamError(f"image sides must lie in 1..{MAX_SIDE}, got {self.width} x {self.height}")
        if self.width * self.height > MAX_PIXELS:
            raise BitstreamError(f"an image has at most {MAX_PIXELS} pixels, got {self.width} x {self.height}")

    def to_bytes(self) -> bytes:
        """Two little-endian 32-bit integers."""
        return _SIZE.pack(self.width, self.height)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Inverse of ``to_bytes``. Raises ``BitstreamError`` on a wrong length or a size beyond the limits."""
        if len(data) != _SIZE.size:
            raise BitstreamError(f"an image header has {_SIZE.size} bytes, got {len(data)}")
        return cls(*_SIZE.unpack(data))
