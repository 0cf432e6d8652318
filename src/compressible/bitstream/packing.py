"""Bytes of any kind made smaller: as they are, deflated, or by LZMA, whichever is least.

    method  length of the data (7 bits a byte, lowest first)  body
      1                       1..5                             n

No data are no bytes. The length is known before anything is expanded, so that a few bytes cannot fill the memory.
"""

import lzma
import zlib
from enum import IntEnum

from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.fields import FieldReader, number

_DEFLATE_BITS = -15
_WINDOW = 2**20
"""How far back LZMA refers; memory that a reader takes."""
_LZMA_WORTH = 2**22
"""Bytes from which on LZMA takes too long for what it gains."""


class Method(IntEnum):
    """How a body is written. A number, once given, keeps its meaning."""

    STORED = 0
    DEFLATED = 1
    LZMA = 2


def pack(data: bytes) -> bytes:
    """The shortest form of ``data``."""
    if not data:
        return b""
    deflate = zlib.compressobj(9, zlib.DEFLATED, _DEFLATE_BITS)
    bodies = {Method.STORED: data, Method.DEFLATED: deflate.compress(data) + deflate.flush()}
    if len(data) <= _LZMA_WORTH:
        bodies[Method.LZMA] = lzma.compress(data, lzma.FORMAT_RAW, filters=_lzma(len(data)))
    method = min(bodies, key=lambda method: len(bodies[method]))
    return bytes([method]) + number(len(data)) + bodies[method]


def unpack(packed: bytes, limit: int) -> bytes:
    """Inverse of ``pack``.

    Raises:
        BitstreamError: the bytes are damaged, or stand for more than ``limit`` bytes.
    """
    if not packed:
        return b""
    fields = FieldReader(packed)
    method, size = fields.number(), fields.number()
    if size > limit:
        raise BitstreamError(f"a part of the file declares {size} bytes, more than the {limit} that it can have")
    data = _expand(method, fields.rest(), size)
    if len(data) != size:
        raise BitstreamError(f"a part of the file is damaged: it does not expand to the {size} bytes that it declares")
    return data


def _lzma(window: int) -> list[dict[str, int]]:
    """Without contexts of position and of the byte before: they pay only for more data than there are."""
    # A writer's tables grow with the window, and those for a few bytes should not take megabytes.
    return [{"id": lzma.FILTER_LZMA1, "dict_size": min(max(window, 2**12), _WINDOW), "lc": 0, "lp": 0, "pb": 0}]


def _expand(method: int, body: bytes, size: int) -> bytes:
    """What ``body`` stands for; other than ``size`` bytes if it is damaged, and never many more."""
    match method:
        case Method.STORED:
            return body
        case Method.DEFLATED:
            expander = zlib.decompressobj(_DEFLATE_BITS)
        case Method.LZMA:
            expander = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_lzma(_WINDOW))
        case _:
            raise BitstreamError(f"a part of the file is packed by method {method}, which is not known")
    try:
        # One byte more than there should be, so that the end of the data is read too.
        data = expander.decompress(body, size + 1)
    except (zlib.error, lzma.LZMAError) as error:
        raise BitstreamError("a part of the file is damaged: it cannot be expanded") from error
    if not expander.eof or expander.unused_data:
        raise BitstreamError("a part of the file is damaged: it ends too early or too late")
    return data
