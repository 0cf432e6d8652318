"""Frozen dataclasses to JSON files and back, checked field by field.

    dataclass ──► JSON, infinity as "inf" ──► file ──► JSON ──► same dataclass, or an error that names the field

Covers what results are made of: strings, numbers, bool, None, tuples of one type, string maps, nested dataclasses.
"""

import dataclasses
import json
import math
import re
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from compressible.atomic import write_bytes_atomic

T = TypeVar("T")


class SchemaError(ValueError):
    """A result file that does not say what it should; the message names the file and the field."""


def save(path: str | Path, record: object) -> None:
    """Write a dataclass, or several, as JSON, atomically; each innermost object or list takes one line."""
    text = json.dumps(_plain(record), indent=1, allow_nan=False, ensure_ascii=False)
    # A line break in JSON text is never part of a string, so joining lines changes no value.
    for innermost in (r"\[[^\[\]{}]*\]", r"\{[^{}]*\}"):
        text = re.sub(innermost, lambda match: re.sub(r"\n\s*", " ", match.group()), text)
    write_bytes_atomic(path, (text + "\n").encode())


def load(path: str | Path, kind: type[T]) -> T:
    """Read a dataclass of type ``kind``. Raises ``SchemaError`` if the file holds anything else."""
    data = read_json(path)
    try:
        return parse(kind, data)
    except SchemaError as error:
        raise SchemaError(f"{path}: {error}") from None


def parse(kind: type[T], data: object) -> T:
    """A dataclass of type ``kind`` from what JSON holds of it. Raises ``SchemaError`` if ``data`` is anything else."""
    return typing.cast(T, _parse(kind, data, ""))


def read_json(path: str | Path) -> object:
    """What a JSON file holds, whatever it is. Raises ``SchemaError`` if it is none."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SchemaError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise SchemaError(f"{path} is not JSON: {error}") from error


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def _parse(kind: typing.Any, data: object, where: str) -> object:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _parse_record(typing.cast(type, kind), data, where)
    if origin in (types.UnionType, typing.Union):
        if data is None and type(None) in arguments:
            return None
        (kind,) = (argument for argument in arguments if argument is not type(None))
        return _parse(kind, data, where)
    if origin is tuple:
        _expect(isinstance(data, list), where, "a list", data)
        items = typing.cast(list[object], data)
        return tuple(_parse(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(items))
    if origin is Mapping:
        _expect(isinstance(data, dict), where, "an object", data)
        entries = typing.cast(dict[str, object], data)
        return {key: _parse(arguments[1], item, f"{where}.{key}") for key, item in entries.items()}
    if kind is float:
        if data in ("inf", "-inf"):
            return float(str(data))
        number = isinstance(data, (int, float)) and not isinstance(data, bool) and math.isfinite(data)
        _expect(number, where, "a number", data)
        return float(typing.cast(float, data))
    names = {str: "a string", int: "an integer", bool: "true or false"}
    if kind not in names:
        raise TypeError(f"results cannot hold {kind}")
    _expect(isinstance(data, kind) and (kind is bool or not isinstance(data, bool)), where, names[kind], data)
    return data


def _parse_record(kind: type, data: object, where: str) -> object:
    _expect(isinstance(data, dict), where, "an object", data)
    entries = typing.cast(dict[str, object], data)
    prefix = f"{where}." if where else ""
    known = {field.name: field for field in dataclasses.fields(kind)}
    if unknown := sorted(entries.keys() - known.keys()):
        raise SchemaError(f"there is no field '{prefix}{unknown[0]}'")
    required = {name for name, field in known.items() if field.default is dataclasses.MISSING}
    if missing := sorted(required - entries.keys()):
        raise SchemaError(f"the field '{prefix}{missing[0]}' is missing")
    hints = typing.get_type_hints(kind)
    values = {name: _parse(hints[name], item, prefix + name) for name, item in entries.items()}
    try:
        return kind(**values)
    except ValueError as error:
        raise SchemaError(f"{where or 'the file'}: {error}") from error


def _expect(holds: bool, where: str, wanted: str, got: object) -> None:
    if not holds:
        shown = json.dumps(got)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        raise SchemaError(f"{where or 'the file'} should be {wanted}, got {shown}")
