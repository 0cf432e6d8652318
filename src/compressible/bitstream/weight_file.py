"""The weights of a network in one file: the WEIGHTS payload of a ``Container``.

    tensors ─┬─ plain ─────► bytes, packed
             ├─ quantized ─► symbols of the streams ──► a coder, each stream with its own table
             ├─ sparse ────► symbols likewise, and bytes of what is not zero
             └─ alias ─────► a name

The container has symbol model STATIC, whatever the coders of its streams, no model hash, a header of one byte, and six
chunks at 8 bytes over their data:

    header      layout of all that follows, 2
    directory   names, shapes, types and forms of all tensors; see ``directory``        packed, see ``packing``
    codebooks   number of streams, the centers of each; see ``codebooks``               packed
    tables      for each stream: coder (3 bits), bytes of its symbols (6 bits           bits, filled up with zeros
                give the width), frequencies or code lengths; see ``stream_coders``
    scales      of all tensors that have them, in order; see ``arrays``                 packed
    plain       all plain tensors and what sparse ones keep, in order                   packed
    symbols     stream after stream; of each all its tensors, in order                  as the coder writes them
    digest      of all symbols; see ``streams``

A file without tensors has 90 bytes. A quantized tensor decodes to

    value = scale * center[symbol]

where scale and center are float32 (a float16 one is made float32 first, which is exact), the product is rounded to
float32 once, and then cast to the type of the tensor: to the nearest value, of two equally near ones the even one.
Without scales nothing is multiplied. Centers of a grid are the float32 products step * (lowest + k). So every reader
decodes the same to the last bit. A sparse tensor has the next of its kept values where its symbol is 1, and +0 where it
is 0; the centers of its stream are 0 and 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from math import prod

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.arrays import Layout, pack_arrays, unpack_arrays
from compressible.bitstream.codebooks import Codebook
from compressible.bitstream.container import SELF_CONTAINED, Container, PayloadKind, SymbolModelKind
from compressible.bitstream.directory import (
    MAX_DIRECTORY,
    CodedEntry,
    Entry,
    PlainEntry,
    QuantizedEntry,
    SparseEntry,
    read_directory,
    write_directory,
)
from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.packing import pack, unpack
from compressible.bitstream.streams import (
    CodedStream,
    digest_streams,
    read_codebooks,
    read_streams,
    write_codebooks,
    write_streams,
)
from compressible.bitstream.tensors import KeptTensor, PlainTensor, QuantizedTensor, SparseTensor, Tensor
from compressible.bitstream.weights import MAX_DECODED, WeightFile, check_decoded

LAYOUT = 2
MAX_CODEBOOKS = 2**26
"""Bytes of all codebooks, not packed."""


@dataclass(frozen=True)
class Sections:
    """The six chunks; see above."""

    directory: bytes
    codebooks: bytes
    tables: bytes
    scales: bytes
    plain: bytes
    symbols: bytes


@dataclass(frozen=True)
class CodedWeights:
    """A file and how it is written.

    Attributes:
        file: what it holds.
        streams: its streams with their coders.
        sections: its parts.
    """

    file: WeightFile
    streams: tuple[CodedStream, ...]
    sections: Sections


def encode_weights(file: WeightFile, limit: int = MAX_DECODED) -> bytes:
    """The file.

    Raises:
        BitstreamError: decoded, the tensors take more than ``limit`` bytes.
        ValueError: a stream has more symbols than its coder takes.
    """
    check_decoded(file.decoded_bytes, limit)
    symbols = [file.symbols_of(stream) for stream in range(len(file.streams))]
    shapes = [file.shapes_of(stream) for stream in range(len(file.streams))]
    tables, payload = write_streams(file.streams, symbols, shapes)
    sections = Sections(
        directory=pack(write_directory(file.tensors)),
        codebooks=pack(write_codebooks(file.streams)),
        tables=tables,
        scales=pack_arrays(_scales(file.tensors)),
        plain=pack_arrays([t.kept.astype(t.dtype.storage) for t in file.tensors if isinstance(t, KeptTensor)]),
        symbols=payload,
    )
    return Container(
        PayloadKind.WEIGHTS,
        SymbolModelKind.STATIC,
        SELF_CONTAINED,
        bytes([LAYOUT]),
        astuple(sections),
        digest_streams(symbols),
    ).to_bytes()


def decode_weights(data: bytes, limit: int = MAX_DECODED) -> WeightFile:
    """Inverse of ``encode_weights``.

    Raises:
        BitstreamError: the bytes are not such a file, or what they declare takes more than ``limit`` bytes; that is
            known before memory is taken for it.
    """
    return read_weights(data, limit).file


def read_weights(data: bytes, limit: int = MAX_DECODED) -> CodedWeights:
    """As ``decode_weights``, together with the parts that the file is made of."""
    container = Container.from_bytes(data)
    sections = _sections(container)
    entries = read_directory(unpack(sections.directory, MAX_DIRECTORY), limit)
    codebooks = read_codebooks(unpack(sections.codebooks, MAX_CODEBOOKS))
    shapes = _stream_shapes(entries, codebooks)
    streams = read_streams(codebooks, sections.tables, sections.symbols, shapes)
    if digest_streams([coded.symbols for coded in streams]) != container.digest:
        raise BitstreamError("the symbols of the file are not those that were written: their digest does not match")
    tensors = _tensors(entries, streams, sections)
    return CodedWeights(WeightFile(tensors, tuple(coded.stream for coded in streams)), tuple(streams), sections)


def read_plain(data: bytes, name: str, limit: int = MAX_DECODED) -> NDArray:
    """One plain tensor, without decoding any symbols: what a file says of itself is read at once, however large it is.

    Raises:
        BitstreamError: as ``decode_weights``, as far as the bytes are looked at; there is no plain tensor of that name;
            or a tensor is sparse, since then only the symbols tell where values are.
    """
    sections = _sections(Container.from_bytes(data))
    entries = read_directory(unpack(sections.directory, MAX_DIRECTORY), limit)
    if any(isinstance(entry, SparseEntry) for entry in entries):
        raise BitstreamError("the file has sparse tensors, so that no tensor can be read alone")
    plain = [entry for entry in entries if isinstance(entry, PlainEntry)]
    for entry, values in zip(plain, unpack_arrays(sections.plain, _kept_layouts(plain, {})), strict=True):
        if entry.name == name:
            return values
    raise BitstreamError(f"the file has no plain tensor {name!r}")


def _sections(container: Container) -> Sections:
    if container.kind is not PayloadKind.WEIGHTS:
        found = "an image" if container.kind is PayloadKind.IMAGE else container.kind.name.lower()
        raise BitstreamError(f"this file holds {found}, not weights")
    if container.symbol_model is not SymbolModelKind.STATIC or container.model != SELF_CONTAINED:
        raise BitstreamError("the weights of this file need a model, and such files are not known")
    if container.header != bytes([LAYOUT]) or len(container.chunks) != len(fields(Sections)):
        raise BitstreamError("the weights of this file are laid out in a way that is not known")
    return Sections(*container.chunks)


def _stream_shapes(entries: Sequence[Entry], codebooks: Sequence[Codebook]) -> list[list[tuple[int, ...]]]:
    """Shapes of the tensors of each stream."""
    shapes: list[list[tuple[int, ...]]] = [[] for _ in codebooks]
    for entry in entries:
        if isinstance(entry, CodedEntry):
            if not 0 <= entry.stream < len(shapes):
                raise BitstreamError(f"{entry.name} is in stream {entry.stream}, and the file has {len(shapes)}")
            shapes[entry.stream].append(entry.shape)
    return shapes


def _tensors(entries: Sequence[Entry], streams: Sequence[CodedStream], sections: Sections) -> tuple[Tensor, ...]:
    symbols = _symbols(entries, streams)
    kept = iter(unpack_arrays(sections.plain, _kept_layouts(entries, symbols)))
    scaled = [e.scales for e in entries if isinstance(e, QuantizedEntry) and e.scales is not None]
    scales = iter(unpack_arrays(sections.scales, scaled))
    tensors: list[Tensor] = []
    for index, entry in enumerate(entries):
        match entry:
            case PlainEntry():
                tensors.append(PlainTensor(entry.name, entry.dtype, next(kept)))
            case SparseEntry():
                tensors.append(SparseTensor(entry.name, entry.dtype, entry.stream, symbols[index], next(kept)))
            case QuantizedEntry():
                own = next(scales) if entry.scales is not None else None
                tensors.append(QuantizedTensor(entry.name, entry.dtype, entry.stream, symbols[index], own))
            case _:
                tensors.append(entry)
    return tuple(tensors)


def _symbols(entries: Sequence[Entry], streams: Sequence[CodedStream]) -> dict[int, NDArray[np.unsignedinteger]]:
    """The symbols of each tensor that has some, by its place among all."""
    starts = [0] * len(streams)
    symbols = {}
    for index, entry in enumerate(entries):
        if isinstance(entry, CodedEntry):
            start, stop = starts[entry.stream], starts[entry.stream] + prod(entry.shape)
            symbols[index] = streams[entry.stream].symbols[start:stop].reshape(entry.shape)
            starts[entry.stream] = stop
    return symbols


def _kept_layouts(entries: Sequence[Entry], symbols: Mapping[int, NDArray[np.unsignedinteger]]) -> list[Layout]:
    """Of a sparse tensor only its symbols tell how many values are kept."""
    layouts: list[Layout] = []
    for index, entry in enumerate(entries):
        match entry:
            case PlainEntry():
                layouts.append((entry.dtype.storage, entry.shape))
            case SparseEntry():
                layouts.append((entry.dtype.storage, (int(np.count_nonzero(symbols[index])),)))
    return layouts


def _scales(tensors: Sequence[Tensor]) -> list[NDArray[np.floating]]:
    return [t.scales for t in tensors if isinstance(t, QuantizedTensor) and t.scales is not None]
