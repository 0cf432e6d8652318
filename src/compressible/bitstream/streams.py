"""The streams of a weight file: symbols that share centers and a table.

symbols of a stream ──► coder ─┬─► its table
                               └─► bytes
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.codebooks import Codebook, read_codebook
from compressible.bitstream.digest import symbol_digest
from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.fields import FieldReader, number
from compressible.bitstream.stream_coder_base import Shape, StreamCoder
from compressible.bitstream.stream_coders import CODERS, CoderKind

MAX_STREAMS = 2**16

_KIND_BITS = 3
_DIGEST_BLOCK = 2**20
"""Symbols that are copied at a time."""


@dataclass(frozen=True)
class Stream:
    """What quantized tensors share.

    Args:
        codebook: the centers.
        coder: how symbols are coded.
    """

    codebook: Codebook
    coder: CoderKind = CoderKind.RANGE


@dataclass(frozen=True)
class CodedStream:
    """A stream as read from a file.

    Attributes:
        stream: centers, kind of coder.
        coder: the coder with its table.
        symbols: (n,), of the smallest unsigned type that holds them.
        payload_bytes: what the coded symbols take, without the table.
    """

    stream: Stream
    coder: StreamCoder
    symbols: NDArray[np.unsignedinteger]
    payload_bytes: int


def write_codebooks(streams: Sequence[Stream]) -> bytes:
    """Number of streams and the codebook of each, not yet packed."""
    return number(len(streams)) + b"".join(stream.codebook.to_bytes() for stream in streams)


def read_codebooks(data: bytes) -> list[Codebook]:
    """Inverse of ``write_codebooks``. Raises ``BitstreamError`` if the bytes are no codebooks."""
    fields = FieldReader(data)
    count = fields.number()
    if count > MAX_STREAMS:
        raise BitstreamError(f"a file has at most {MAX_STREAMS} streams, and this one declares {count}")
    codebooks = [read_codebook(fields) for _ in range(count)]
    fields.finish()
    return codebooks


def write_streams(
    streams: Sequence[Stream], symbols: Sequence[NDArray[np.integer]], shapes: Sequence[Sequence[Shape]]
) -> tuple[bytes, bytes]:
    """Tables and coded symbols of all streams, from the symbols (n,) of each and the shapes of its tensors."""
    tables, payloads = BitWriter(), []
    for stream, values, of_tensors in zip(streams, symbols, shapes, strict=True):
        coder = CODERS[stream.coder].fit(values, stream.codebook.size)
        payloads.append(coder.encode(values, of_tensors))
        tables.write(stream.coder, _KIND_BITS)
        tables.write_number(len(payloads[-1]))
        coder.write(tables)
    return tables.to_bytes(), b"".join(payloads)


def read_streams(
    codebooks: Sequence[Codebook], tables: bytes, payload: bytes, shapes: Sequence[Sequence[Shape]]
) -> list[CodedStream]:
    """Inverse of ``write_streams``. Raises ``BitstreamError`` if the bytes are not those of such tensors."""
    bits, fields = BitReader(tables), FieldReader(payload)
    coded = []
    for codebook, of_tensors in zip(codebooks, shapes, strict=True):
        kind = _known_kind(bits.read(_KIND_BITS))
        size = bits.read_number()
        coder = CODERS[kind].read(bits, codebook.size)
        symbols = coder.decode(fields.take(size), of_tensors)
        symbols = symbols.astype(np.min_scalar_type(codebook.size - 1), copy=False)
        coded.append(CodedStream(Stream(codebook, kind), coder, symbols, size))
    bits.finish()
    fields.finish()
    return coded


def digest_streams(symbols: Sequence[NDArray[np.integer]]) -> int:
    """Digest of the symbols (n,) of all streams, in blocks so that memory stays small."""
    return symbol_digest(block for values in symbols for block in _blocks(values))


def _known_kind(code: int) -> CoderKind:
    try:
        return CoderKind(code)
    except ValueError as error:
        raise BitstreamError(f"a coder of kind {code} is not known") from error


def _blocks(values: NDArray[np.integer]) -> Iterator[NDArray[np.integer]]:
    for start in range(0, len(values), _DIGEST_BLOCK):
        yield values[start : start + _DIGEST_BLOCK]
