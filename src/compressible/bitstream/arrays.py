"""Many arrays made one piece of bytes and packed, straight or in planes, whichever is less.

    arrays a, b of 4-byte numbers, c of 2-byte ones
    straight     a0 a1 a2 a3  b0 b1 b2 b3  c0 c1          widest types first
    in planes    a0 b0  a1 b1  a2 b2  a3 b3  c0  c1       of all numbers of a width the first bytes, the second, ...

The high bytes of floating-point numbers resemble each other, the low ones nothing; apart, they pack better.
"""

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.packing import pack, unpack

_STRAIGHT, _IN_PLANES = 0, 1
_WIDTHS = (8, 4, 2, 1)

Layout = tuple[np.dtype, tuple[int, ...]]
"""Type and shape of an array."""


def pack_arrays(arrays: Sequence[NDArray]) -> bytes:
    """A byte that tells the order, and the packed bytes; nothing for nothing. Arrays must be little-endian."""
    regions = {width: b"".join(a.tobytes() for a in arrays if a.itemsize == width) for width in _WIDTHS}
    straight = b"".join(regions.values())
    if not straight:
        return b""
    in_planes = b"".join(_bytes(region).reshape(-1, width).T.tobytes() for width, region in regions.items())
    return min(bytes([_STRAIGHT]) + pack(straight), bytes([_IN_PLANES]) + pack(in_planes), key=len)


def unpack_arrays(packed: bytes, layouts: Sequence[Layout]) -> list[NDArray]:
    """Inverse of ``pack_arrays``. Raises ``BitstreamError`` if the bytes are not those of such arrays."""
    sizes = [prod(shape) * dtype.itemsize for dtype, shape in layouts]
    order, data = packed[:1], unpack(packed[1:], sum(sizes))
    known = (bytes([_STRAIGHT]), bytes([_IN_PLANES])) if data else (b"",)
    if len(data) != sum(sizes) or order not in known:
        raise BitstreamError(f"the arrays in the file should have {sum(sizes)} bytes, and have {len(data)}")
    pieces: list[bytes] = [b""] * len(layouts)
    offset = 0
    for width in _WIDTHS:
        of_width = [index for index, (dtype, _) in enumerate(layouts) if dtype.itemsize == width]
        region = data[offset : offset + sum(sizes[index] for index in of_width)]
        offset += len(region)
        if order == bytes([_IN_PLANES]):
            region = _bytes(region).reshape(width, -1).T.tobytes()
        start = 0
        for index in of_width:
            pieces[index] = region[start : start + sizes[index]]
            start += sizes[index]
    return [np.frombuffer(piece, dtype).reshape(shape) for piece, (dtype, shape) in zip(pieces, layouts, strict=True)]


def _bytes(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, dtype=np.uint8)
