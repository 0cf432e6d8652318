"""What of a small picture's file codes the picture: the rest is the same for all pictures of a size and setting.

    JPEG   scans ─────────────────────────────► counted      markers, tables, sizes ──────────► left out
    WebP   VP8 partitions, their headers too ─► counted      RIFF, chunk, frame tag, sizes ───► left out
    AVIF   frames, their headers too ─────────► counted      boxes, OBU headers, sequence ────► left out

What an encoder chooses for a picture is counted, such as VP8's probabilities. Of JPEG that would be its Huffman tables:
the count is fair with those of the standard, which are the same for all.
"""

import re
from collections.abc import Iterator

START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""In a scan, where 255 is followed by 0, and markers that restart it belong to it (ITU-T T.81, B.1.1)."""
VP8_FRAME_TAG = 10
"""Bytes of frame tag, start code and sizes (RFC 6386, section 9.1)."""
FRAMES = (3, 4, 6)
"""Types of OBUs that are frame headers, tile groups, or both (AV1, section 6.2.2)."""


def jpeg_payload(data: bytes) -> int:
    """Bytes of the scans of a JPEG file. Raises ``ValueError`` if it is none."""
    if data[:2] != b"\xff\xd8":
        raise ValueError("this is no JPEG file")
    position, total = 2, 0
    while position + 4 <= len(data) and data[position + 1] != END_OF_IMAGE:
        marker = data[position + 1]
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == START_OF_SCAN:
            found = NEXT_MARKER.search(data, position)
            end = len(data) if found is None else found.start()
            total, position = total + end - position, end
    return total


def webp_payload(data: bytes) -> int:
    """Bytes of the partitions of a lossy WebP file. Raises ``ValueError`` if it is none."""
    if data[:4] != b"RIFF" or data[8:16] != b"WEBPVP8 ":
        raise ValueError("this is no plain lossy WebP file")
    return int.from_bytes(data[16:20], "little") - VP8_FRAME_TAG


def avif_payload(data: bytes) -> int:
    """Bytes of the frames of an AVIF file. Raises ``ValueError`` if it is none."""
    boxes = dict(_boxes(data))
    if b"ftyp" not in boxes or b"mdat" not in boxes:
        raise ValueError("this is no AVIF file")
    return sum(size for kind, size in _obus(boxes[b"mdat"]) if kind in FRAMES)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Types and contents of the outermost boxes (ISO/IEC 14496-12, section 4.2)."""
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size < 8:
            raise ValueError("a box without its size, or with a long one, is not looked into")
        yield data[position + 4 : position + 8], data[position + 8 : position + size]
        position += size


def _obus(data: bytes) -> Iterator[tuple[int, int]]:
    """Types and sizes of open bitstream units, without their own headers (AV1, section 5.3)."""
    position = 0
    while position < len(data):
        first = data[position]
        position += 2 if first & 4 else 1
        size = len(data) - position
        if first & 2:
            size, length = _leb128(data, position)
            position += length
        yield first >> 3 & 15, size
        position += size


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    """A number in groups of seven bits, lowest first, and how many bytes it takes."""
    value = 0
    for i, byte in enumerate(data[position : position + 8]):
        value |= (byte & 127) << 7 * i
        if byte < 128:
            return value, i + 1
    raise ValueError("a size that does not end")
