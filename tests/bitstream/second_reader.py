"""A second reader of files, written from docs/format: its tables in Python here, its code as it stands on the pages."""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import numpy as np

FOLDER = Path(__file__).parents[2] / "docs" / "format"
PAGES = ("numbers", "coders", "context", "index")


def code() -> str:
    """The Python of the pages, in an order in which it runs."""
    found = (re.findall(r"^```python\n(.*?)^```", (FOLDER / f"{p}.md").read_text(), re.DOTALL | re.M) for p in PAGES)
    return "\n".join(block for blocks in found for block in blocks)


def _run() -> SimpleNamespace:
    names: dict[str, Any] = {}
    exec(compile(code(), str(FOLDER), "exec"), names)
    return SimpleNamespace(**names)


SPECIFIED: Any = _run()

NUMPY = {1: "?", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<u4", 7: "<i4", 8: "<u8", 9: "<i8", 10: "<f2"}
NUMPY |= {11: "<u2", 12: "<f4", 13: "<f8"}
BFLOAT16 = 11
SCALES = {2: ("<f2", False), 3: ("<f4", False), 4: ("<f2", True), 5: ("<f4", True)}
SPARSE = 6


@dataclass(frozen=True)
class File:
    """A container."""

    kind: int
    symbol_model: int
    model: bytes
    header: bytes
    chunks: tuple[bytes, ...]
    digest: int


def read_container(data: bytes) -> File:
    magic, version, kind, symbol_model, model, size = struct.unpack_from("<4sBBB8sI", data)
    assert (magic, version) == (b"CMPR", 1)
    header, at = data[19 : 19 + size], 19 + size
    count, crc = struct.unpack_from("<II", data, at)
    assert crc == crc32(data[: at + 4])
    crcs, chunks, at = [crc], [], at + 8
    for _ in range(count):
        size, crc = struct.unpack_from("<II", data, at)
        chunks.append(data[at + 8 : at + 8 + size])
        assert crc == crc32(data[at : at + 4] + chunks[-1])
        crcs.append(crc)
        at += 8 + size
    digest, seal = struct.unpack_from("<II", data, at)
    assert seal == crc32(struct.pack(f"<{count + 2}I", *crcs, digest))
    assert at + 8 == len(data)
    return File(kind, symbol_model, model, header, tuple(chunks), digest)


def planes_of(shape: Sequence[int]) -> list[tuple[int, int]]:
    """Rows and columns of the planes of an array."""
    return [(1, prod(shape))] if len(shape) < 2 else [(shape[-2], shape[-1])] * prod(shape[:-2])


def context_decode(data: bytes, planes: Sequence[tuple[int, int]], tables: Sequence[list[int]]) -> list[list[int]]:
    return SPECIFIED.context_decode(data, planes, SPECIFIED.trees_of(tables), [len(table) for table in tables])


def read_codes(data: bytes) -> list[np.ndarray]:
    """The symbols of each level, (groups, items, places)."""
    file = read_container(data)
    assert file.kind == 3
    fields = SPECIFIED.Fields(file.header)
    items, levels = fields.number(), fields.number()
    layouts = []
    for _ in range(levels):
        groups, axes = fields.number(), fields.number()
        sides = [fields.number() for _ in range(axes)]
        layouts.append(((items, *sides), [fields.number() for _ in range(groups)]))
    bits, chunks, found = SPECIFIED.Bits(fields.rest()), iter(file.chunks), []
    for shape, alphabets in layouts:
        tables = [SPECIFIED.compact_table(bits, size) for size in alphabets]
        if file.symbol_model == 3:
            symbols = context_decode(next(chunks), planes_of(shape), tables)
        else:
            symbols = [SPECIFIED.range_decode(next(chunks), [table], prod(shape))[0] for table in tables]
        found.append(np.array(symbols, dtype=np.int64).reshape(len(alphabets), *shape))
    assert next(chunks, None) is None
    assert SPECIFIED.digest((a.shape, a.ravel().tolist()) for a in found) == file.digest
    return found


@dataclass
class Entry:
    """What the directory says of a tensor."""

    name: str
    kind: int = 0
    type: int = 0
    shape: tuple[int, ...] = ()
    stream: int = 0
    of: str = ""


def read_weights(data: bytes) -> dict[str, np.ndarray]:
    """All tensors by name; bfloat16 as its 16 bits."""
    file = read_container(data)
    assert (file.kind, file.symbol_model, file.model, file.header) == (2, 2, bytes(8), b"\x02")
    directory, codebooks, tables, scales, plain, payload = file.chunks
    entries = read_directory(SPECIFIED.unpack(directory))
    centers = read_codebooks(SPECIFIED.unpack(codebooks))
    streams = list(read_streams(centers, tables, payload, entries))
    pieces = ((len(s[i : i + 2**20]),) for s in streams for i in range(0, len(s), 2**20))
    blocks = (s[i : i + 2**20] for s in streams for i in range(0, len(s), 2**20))
    assert SPECIFIED.digest(zip(pieces, blocks, strict=True)) == file.digest

    left, symbols = [iter(stream) for stream in streams], {}
    for entry in entries:
        if entry.kind:
            own = [next(left[entry.stream]) for _ in range(prod(entry.shape))]
            symbols[entry.name] = np.array(own, dtype=np.int64).reshape(entry.shape)
    scaled = [
        (e.name, SCALES[e.kind][0], e.shape[:1] if SCALES[e.kind][1] else ()) for e in entries if e.kind in SCALES
    ]
    kept = [(e.name, NUMPY[e.type], e.shape) for e in entries if e.kind == 0 and not e.of]
    kept += [(e.name, NUMPY[e.type], (int(symbols[e.name].sum()),)) for e in entries if e.kind == SPARSE]
    order = {entry.name: i for i, entry in enumerate(entries)}
    factor, values = arrays(scales, scaled), arrays(plain, sorted(kept, key=lambda layout: order[layout[0]]))

    found: dict[str, np.ndarray] = {}
    for entry in entries:
        if entry.of:
            found[entry.name] = found[entry.of]
        elif entry.kind == 0:
            found[entry.name] = values[entry.name]
        elif entry.kind == SPARSE:
            found[entry.name] = np.zeros(entry.shape, NUMPY[entry.type])
            found[entry.name][symbols[entry.name] == 1] = values[entry.name]
        else:
            value = np.asarray(centers[entry.stream][symbols[entry.name]])
            if entry.kind in SCALES:
                scale = factor[entry.name].astype(np.float32)
                value = scale.reshape(-1, *(1,) * (value.ndim - 1)) * value if scale.ndim else scale * value
            found[entry.name] = cast(value, entry.type)
    return found


def read_directory(data: bytes) -> list[Entry]:
    fields, entries, name, stream = SPECIFIED.Fields(data), list[Entry](), b"", 0
    for _ in range(fields.number()):
        common = fields.number()
        name = name[:common] + fields.take(fields.number())
        entry = Entry(name.decode())
        entry.kind, entry.type = divmod(fields.number(), 16)
        if entry.type == 0:
            entry.of = entries[-fields.number()].name
        else:
            entry.shape = tuple(fields.number() for _ in range(fields.number()))
        if entry.kind:
            stream += fields.signed()
            entry.stream = stream
        entries.append(entry)
    assert fields.rest() == b""
    return entries


def read_codebooks(data: bytes) -> list[np.ndarray]:
    """The centers of each stream, float32."""
    fields, found = SPECIFIED.Fields(data), []
    for _ in range(fields.number()):
        kind, size = fields.number(), fields.number()
        if kind == 2:
            lowest = fields.signed()
            step = np.frombuffer(fields.take(4), "<f4")[0]
            found.append(step * np.arange(lowest, lowest + size).astype(np.float32))
        else:
            width = (2, 4)[kind]
            found.append(np.frombuffer(fields.take(width * size), f"<f{width}").astype(np.float32))
    assert fields.rest() == b""
    return found


def read_streams(
    centers: Sequence[np.ndarray], tables: bytes, payload: bytes, entries: Sequence[Entry]
) -> Iterator[list[int]]:
    """The symbols of each stream."""
    bits, fields = SPECIFIED.Bits(tables), SPECIFIED.Fields(payload)
    for stream, own in enumerate(centers):
        shapes = [entry.shape for entry in entries if entry.kind and entry.stream == stream]
        n, coder, taken = sum(map(prod, shapes)), bits.read(3), bits.number()
        match coder:
            case 0:
                table = SPECIFIED.compact_table(bits, len(own)) if len(own) > 1 else [2**20]
                yield SPECIFIED.range_decode(fields.take(taken), [table], n)[0]
            case 1:
                lengths = SPECIFIED.read_lengths(bits, len(own))
                yield SPECIFIED.huffman_decode(fields.take(taken), lengths, n)
            case 2:
                decode = SPECIFIED.sparse_decoder(bits, len(own))
                yield decode(fields.take(taken), n)
            case 3:
                table = SPECIFIED.compact_table(bits, len(own)) if len(own) > 1 else [2**20]
                planes = [plane for shape in shapes for plane in planes_of(shape)]
                yield context_decode(fields.take(taken), planes, [table])[0]
    assert fields.rest() == b""


def arrays(piece: bytes, layouts: Sequence[tuple[str, str, tuple[int, ...]]]) -> dict[str, np.ndarray]:
    """Arrays by name, each of a type and a shape."""
    found = SPECIFIED.unpack_arrays(piece, [(np.dtype(kind).itemsize, prod(shape)) for _, kind, shape in layouts])
    pairs = zip(layouts, found, strict=True)
    return {name: np.frombuffer(data, kind).reshape(shape) for (name, kind, shape), data in pairs}


def cast(value: np.ndarray, kind: int) -> np.ndarray:
    """Float32 to another type, the nearest value and of two the even one."""
    if kind != BFLOAT16:
        return value.astype(NUMPY[kind])
    whole = value.view(np.uint32).astype(np.uint64)
    low, kept = whole & 0xFFFF, whole >> 16
    up = (low > 0x8000) | ((low == 0x8000) & (kept % 2 == 1))
    return (kept + up).astype("<u2")
