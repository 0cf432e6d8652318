"""The format a second time, as plainly as possible: what the tests compare the package with."""

import struct
from zlib import crc32


def file_bytes(
    *,
    version: int = 1,
    kind: int = 1,
    symbol_model: int = 2,
    model: bytes = b"modelhsh",
    header: bytes = b"header",
    chunks: tuple[bytes, ...] = (b"payload",),
    digest: int = 7,
    header_size: int | None = None,
    count: int | None = None,
    chunk_size: int | None = None,
) -> bytes:
    """A file with correct CRCs, whatever it claims; the last three override what is true."""
    head = b"CMPR" + struct.pack("<BBB", version, kind, symbol_model) + model
    head += struct.pack("<I", len(header) if header_size is None else header_size) + header
    head += struct.pack("<I", len(chunks) if count is None else count)
    crcs = [crc32(head)]
    out = head + struct.pack("<I", crcs[0])
    for chunk in chunks:
        size = struct.pack("<I", len(chunk) if chunk_size is None else chunk_size)
        crcs.append(crc32(size + chunk))
        out += size + struct.pack("<I", crcs[-1]) + chunk
    end = struct.pack("<I", digest)
    return out + end + struct.pack("<I", crc32(b"".join(struct.pack("<I", c) for c in crcs) + end))


def range_decode(data: bytes, tables: list[list[int]], n: int) -> list[list[int]]:
    """A textbook range decoder in Python integers: 64-bit state, 32-bit words, table total 2**24 = 16 * 2**20."""
    words = [*struct.unpack(f"<{len(data) // 4}I", data), 0, 0]
    mask = 2**64 - 1
    point, position = words[0] << 32 | words[1], 2
    lower, width = 0, mask
    groups = []
    for table in tables:
        table = [f for f in table if f]
        row = []
        for _ in range(n):
            if len(table) == 1:
                row.append(0)
                continue
            unit = width >> 24
            quantile = ((point - lower) & mask) // unit
            symbol = left = 0
            while left + 16 * table[symbol] <= quantile:
                left += 16 * table[symbol]
                symbol += 1
            row.append(symbol)
            lower = (lower + unit * left) & mask
            width = unit * 16 * table[symbol]
            if width < 2**32:
                lower, width = lower << 32 & mask, width << 32
                point = point << 32 & mask | (words[position] if position < len(words) else 0)
                position += 1
        groups.append(row)
    return groups
