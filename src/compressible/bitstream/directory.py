"""The list of tensors in a weight file: names, shapes, types, and where their values are.

    number of tensors, then for each one:
    c  n  name    the first c bytes of its name are those of the name before, n more follow
    form          0 an alias, otherwise the number of its type + 16 * (0 if plain; quantized: 1 without scales, 2 with
                  one in float16, 3 in float32, 4 with one a slice in float16, 5 in float32; 6 if sparse)
    back          an alias: how many tensors before this one the other is; nothing else follows
    rank  sides
    stream        a quantized or sparse one: its number less that of the one before which has a stream

All are numbers as in ``fields``. What repeats from layer to layer so repeats byte by byte, and packs well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from compressible.bitstream.arrays import Layout
from compressible.bitstream.dtypes import DType
from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.fields import FieldReader, number, signed
from compressible.bitstream.tensors import (
    MAX_NAME,
    MAX_RANK,
    AliasTensor,
    CodedTensor,
    PlainTensor,
    QuantizedTensor,
    SparseTensor,
    Tensor,
)

MAX_TENSORS = 2**16
MAX_DIRECTORY = 2**24
"""Bytes of the whole list, not packed."""

_ALIAS = 0
_KINDS = 16
"""The numbers of types are smaller."""
_SCALES = (None, (np.dtype("<f2"), False), (np.dtype("<f4"), False), (np.dtype("<f2"), True), (np.dtype("<f4"), True))
"""Of quantized tensors: type of the scales, and whether there is one a slice."""
_PLAIN = 0
_QUANTIZED = 1
"""The first of as many as there are forms of scales."""
_SPARSE = _QUANTIZED + len(_SCALES)


@dataclass(frozen=True)
class PlainEntry:
    """A ``PlainTensor`` without its values."""

    name: str
    dtype: DType
    shape: tuple[int, ...]


@dataclass(frozen=True)
class QuantizedEntry:
    """A ``QuantizedTensor`` without its symbols and scales.

    Attributes:
        scales: type and shape of the scales, or None.
    """

    name: str
    dtype: DType
    shape: tuple[int, ...]
    stream: int
    scales: Layout | None


@dataclass(frozen=True)
class SparseEntry:
    """A ``SparseTensor`` without its symbols and values."""

    name: str
    dtype: DType
    shape: tuple[int, ...]
    stream: int


CodedEntry = QuantizedEntry | SparseEntry
Entry = PlainEntry | CodedEntry | AliasTensor


def write_directory(tensors: Sequence[Tensor]) -> bytes:
    """The list, not yet packed."""
    parts = [number(len(tensors))]
    positions = {tensor.name: index for index, tensor in enumerate(tensors)}
    before, stream = b"", 0
    for index, tensor in enumerate(tensors):
        name = tensor.name.encode()
        common = _common(before, name)
        before = name
        parts += [number(common), number(len(name) - common), name[common:]]
        match tensor:
            case AliasTensor():
                parts += [number(_ALIAS), number(index - positions[tensor.of])]
            case PlainTensor():
                parts += [number(tensor.dtype + _KINDS * _PLAIN), _shape(tensor.shape)]
            case QuantizedTensor() | SparseTensor():
                form = tensor.dtype + _KINDS * _coded_kind(tensor)
                parts += [number(form), _shape(tensor.shape), signed(tensor.stream - stream)]
                stream = tensor.stream
    return b"".join(parts)


def read_directory(data: bytes, limit: int) -> list[Entry]:
    """Inverse of ``write_directory``.

    Raises:
        BitstreamError: there is no such list, or its tensors take more than ``limit`` bytes when decoded.
    """
    fields = FieldReader(data)
    count = fields.number()
    if count > MAX_TENSORS:
        raise BitstreamError(f"a file has at most {MAX_TENSORS} tensors, and this one declares {count}")
    entries: list[Entry] = []
    before, stream, taken = b"", 0, 0
    for index in range(count):
        before = _read_name(fields, before)
        name = _text(before)
        form = fields.number()
        if form == _ALIAS:
            entries.append(AliasTensor(name, _alias_of(entries, index - fields.number())))
            continue
        kind, dtype = form // _KINDS, _known_type(form % _KINDS)
        shape = _read_shape(fields, limit)
        taken += prod(shape) * dtype.storage.itemsize
        if taken > limit:
            raise BitstreamError(f"the tensors of the file would take more than {limit} bytes")
        if kind == _PLAIN:
            entries.append(PlainEntry(name, dtype, shape))
            continue
        stream += fields.signed()
        if kind == _SPARSE:
            entries.append(SparseEntry(name, dtype, shape, stream))
        else:
            entries.append(QuantizedEntry(name, dtype, shape, stream, _scale_layout(kind - _QUANTIZED, shape)))
    fields.finish()
    return entries


def _common(one: bytes, other: bytes) -> int:
    """How many bytes both start with."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _coded_kind(tensor: CodedTensor) -> int:
    if isinstance(tensor, SparseTensor):
        return _SPARSE
    scales = None if tensor.scales is None else (tensor.scales.dtype, tensor.scales.ndim == 1)
    return _QUANTIZED + _SCALES.index(scales)


def _scale_layout(kind: int, shape: tuple[int, ...]) -> Layout | None:
    if kind >= len(_SCALES):
        raise BitstreamError(f"a tensor of form {_QUANTIZED + kind} is not known")
    found = _SCALES[kind]
    if found is None:
        return None
    dtype, by_slice = found
    if by_slice and not shape:
        raise BitstreamError("a tensor without axes has no slices to scale")
    return dtype, shape[:1] if by_slice else ()


def _known_type(code: int) -> DType:
    try:
        return DType(code)
    except ValueError as error:
        raise BitstreamError(f"a tensor of type {code} is not known") from error


def _shape(shape: tuple[int, ...]) -> bytes:
    return number(len(shape)) + b"".join(map(number, shape))


def _read_shape(fields: FieldReader, limit: int) -> tuple[int, ...]:
    rank = fields.number()
    if rank > MAX_RANK:
        raise BitstreamError(f"a tensor has at most {MAX_RANK} axes, and one in the file declares {rank}")
    shape = tuple(fields.number() for _ in range(rank))
    # Sides of 0 do not excuse others that no array can have.
    if prod(side for side in shape if side) > limit:
        raise BitstreamError(f"a tensor in the file declares {' x '.join(map(str, shape))} values, too many")
    return shape


def _read_name(fields: FieldReader, before: bytes) -> bytes:
    common, size = fields.number(), fields.number()
    if common > len(before) or common + size > MAX_NAME:
        raise BitstreamError("a name in the file is damaged")
    return before[:common] + fields.take(size)


def _text(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError as error:
        raise BitstreamError("a name in the file is no text") from error


def _alias_of(entries: Sequence[Entry], index: int) -> str:
    if not 0 <= index < len(entries) or isinstance(entries[index], AliasTensor):
        raise BitstreamError("a tensor in the file is the same as one that is not there")
    return entries[index].name
