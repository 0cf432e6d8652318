"""The file: a header, the payload in chunks, a trailer. Any flipped bit is noticed.

    "CMPR"  version  kind  symbol model  model hash  header length  header  chunk count  CRC32   everything so far
       4       1       1        1            8             4           h         4         4
    then for each chunk:                     length  CRC32 of length and data  data
                                               4               4                 n
    then:                                    symbol digest  CRC32 of all CRCs above and the digest
                                                   4                        4

Integers are little-endian. An image in one chunk costs 51 bytes over its payload.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Self
from zlib import crc32

from compressible.bitstream.errors import BitstreamError

MAGIC = b"CMPR"
VERSION = 1
MODEL_HASH_BYTES = 8
SELF_CONTAINED = bytes(MODEL_HASH_BYTES)

_LIMIT = 2**32
_START = struct.Struct(f"<4sBBB{MODEL_HASH_BYTES}sI")
_PAIR = struct.Struct("<II")


class PayloadKind(IntEnum):
    """What the symbols of a file stand for. A number, once given, keeps its meaning."""

    IMAGE = 1
    WEIGHTS = 2
    CODES = 3


class SymbolModelKind(IntEnum):
    """Which symbol model wrote the payload. A number, once given, keeps its meaning."""

    UNIFORM = 1
    STATIC = 2
    CONTEXT = 3


@dataclass(frozen=True)
class Container:
    """One file.

    Args:
        kind: what the symbols stand for; it decides what ``header`` means.
        symbol_model: which symbol model wrote the chunks.
        model: 8-byte hash of the tables and decoder that read the chunks; ``SELF_CONTAINED`` if the file has all it
            needs.
        header: what this kind of payload says about itself.
        chunks: the payload.
        digest: 32-bit digest of the symbols, so that a decoder that reads other symbols than were written knows it.
    """

    kind: PayloadKind
    symbol_model: SymbolModelKind
    model: bytes
    header: bytes
    chunks: tuple[bytes, ...]
    digest: int

    def __post_init__(self) -> None:
        if len(self.model) != MODEL_HASH_BYTES:
            raise ValueError(f"a model hash has {MODEL_HASH_BYTES} bytes, got {len(self.model)}")
        if not 0 <= self.digest < _LIMIT:
            raise ValueError(f"a symbol digest has 32 bits, got {self.digest}")
        if max(len(self.chunks), len(self.header), *map(len, self.chunks)) >= _LIMIT:
            raise ValueError("header, chunks and their number must fit a 32-bit length")

    def to_bytes(self) -> bytes:
        """The file."""
        start = _START.pack(MAGIC, VERSION, self.kind, self.symbol_model, self.model, len(self.header))
        head = start + self.header + len(self.chunks).to_bytes(4, "little")
        crcs = [crc32(head)]
        parts = [head, crcs[0].to_bytes(4, "little")]
        for chunk in self.chunks:
            crcs.append(_chunk_crc(chunk))
            parts += [_PAIR.pack(len(chunk), crcs[-1]), chunk]
        parts.append(_PAIR.pack(self.digest, _seal(crcs, self.digest)))
        return b"".join(parts)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Inverse of ``to_bytes``; accepts exactly what ``to_bytes`` writes.

        Declared lengths are compared with the bytes that are there before anything is done with them.

        Raises:
            BitstreamError: the bytes are not such a file.
        """
        if not data:
            raise BitstreamError("the file is empty")
        if not MAGIC.startswith(data[: len(MAGIC)]):
            raise BitstreamError(f"the file does not start with {MAGIC.decode()}, so it is not one of ours")
        if len(data) > len(MAGIC) and data[len(MAGIC)] != VERSION:
            raise BitstreamError(f"the file has format version {data[len(MAGIC)]}, and only {VERSION} is supported")
        _, _, kind, symbol_model, model, header_size = _START.unpack(_take(data, 0, _START.size))
        header = _take(data, _START.size, header_size)
        offset = _START.size + header_size
        count, crc = _PAIR.unpack(_take(data, offset, _PAIR.size))
        if crc32(data[: offset + 4]) != crc:
            raise BitstreamError("the header of the file is damaged: its CRC32 does not match")
        kinds = _known_kinds(kind, symbol_model)
        offset += _PAIR.size

        if count * _PAIR.size > len(data) - offset:
            raise BitstreamError(f"the file declares {count} chunks, more than its {len(data)} bytes can hold")
        crcs, chunks = [crc], []
        for index in range(count):
            size, crc = _PAIR.unpack(_take(data, offset, _PAIR.size))
            chunk = _take(data, offset + _PAIR.size, size)
            if _chunk_crc(chunk) != crc:
                raise BitstreamError(f"chunk {index} of the file is damaged: its CRC32 does not match")
            offset += _PAIR.size + size
            crcs.append(crc)
            chunks.append(chunk)

        digest, seal = _PAIR.unpack(_take(data, offset, _PAIR.size))
        if _seal(crcs, digest) != seal:
            raise BitstreamError("the end of the file is damaged or from another file: its CRC32 does not match")
        if len(data) > offset + _PAIR.size:
            raise BitstreamError(f"{len(data) - offset - _PAIR.size} bytes follow the end of the file")
        return cls(*kinds, model=model, header=header, chunks=tuple(chunks), digest=digest)


def _take(data: bytes, offset: int, size: int) -> bytes:
    if size > len(data) - offset:
        raise BitstreamError(f"the file is truncated: it has {len(data)} bytes and declares {offset + size} or more")
    return data[offset : offset + size]


def _known_kinds(kind: int, symbol_model: int) -> tuple[PayloadKind, SymbolModelKind]:
    try:
        return PayloadKind(kind), SymbolModelKind(symbol_model)
    except ValueError as error:
        raise BitstreamError(
            f"the file has payload kind {kind} and symbol model {symbol_model}, not both of which are known"
        ) from error


def _chunk_crc(chunk: bytes) -> int:
    return crc32(chunk, crc32(len(chunk).to_bytes(4, "little")))


def _seal(crcs: list[int], digest: int) -> int:
    # Over the CRCs, so that whole and intact parts of two files, or chunks in another order, do not make a file.
    return crc32(struct.pack(f"<{len(crcs) + 1}I", *crcs, digest))
