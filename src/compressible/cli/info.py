"""``compressible info``: what a file says of itself."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """**Examples**

- `compressible info photo.cmpr`

- `compressible info photo.cmpr --json`"""


@dataclass(frozen=True)
class FileInfo:
    """A compressed file at a glance.

    Attributes:
        file: its path.
        kind: what its symbols stand for: image, weights or codes.
        version: of the file format.
        width: in pixels; None unless it is an image.
        height: in pixels.
        model: hash of the model that reads it; None if the file has all it needs.
        model_name: the shipped model of that hash, or None.
        symbol_model: how the symbols were written: uniform, static or context.
        chunks: pieces of the payload.
        bytes: of the whole file.
        overhead: bytes that are not payload.
        bits_per_pixel: of the whole file; None unless it is an image.
    """

    file: str
    kind: str
    version: int
    width: int | None
    height: int | None
    model: str | None
    model_name: str | None
    symbol_model: str
    chunks: int
    bytes: int
    overhead: int
    bits_per_pixel: float | None


def info(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Compressed file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a compressed file holds: size, model, bytes and bits per pixel.

    All checksums are verified; the payload is not decoded, so neither the model nor torch is needed.
    """
    import json

    from compressible.bitstream import BitstreamError

    try:
        found = describe(file)
    except BitstreamError as error:
        raise BitstreamError(f"{file}: {error}") from error
    if as_json:
        print(json.dumps(asdict(found), indent=1))
    else:
        _print(found)


def describe(path: Path) -> FileInfo:
    """Read the file at ``path``. Raises ``BitstreamError`` if it is damaged or none of ours."""
    from compressible.bitstream import Container, ImageHeader, PayloadKind
    from compressible.bitstream.container import SELF_CONTAINED, VERSION
    from compressible.codecs import zoo

    data = path.read_bytes()
    container = Container.from_bytes(data)
    image = ImageHeader.from_bytes(container.header) if container.kind is PayloadKind.IMAGE else None
    model = None if container.model == SELF_CONTAINED else container.model.hex()
    return FileInfo(
        file=str(path),
        kind=container.kind.name.lower(),
        version=VERSION,
        width=image.width if image else None,
        height=image.height if image else None,
        model=model,
        model_name=next((shipped.name for shipped in zoo.shipped() if shipped.hash == model), None),
        symbol_model=container.symbol_model.name.lower(),
        chunks=len(container.chunks),
        bytes=len(data),
        overhead=len(data) - sum(len(chunk) for chunk in container.chunks),
        bits_per_pixel=8 * len(data) / (image.width * image.height) if image else None,
    )


def _print(found: FileInfo) -> None:
    lines = [
        ("file", found.file),
        ("kind", f"{found.kind}, format version {found.version}"),
        ("model", f"{found.model} ({found.model_name or 'not shipped'})" if found.model else "none needed"),
        ("symbol model", found.symbol_model),
        ("chunks", f"{found.chunks}"),
        ("bytes", f"{found.bytes:,}, of which {found.overhead} are not payload"),
    ]
    if found.bits_per_pixel is not None:
        lines.insert(2, ("size", f"{found.width} x {found.height} pixels"))
        lines.append(("bits per pixel", f"{found.bits_per_pixel:.3f}"))
    for name, value in lines:
        print(f"{name:<15} {value}")
