"""Models by name: those that ship with the package, and files of one's own.

Finding and listing them imports no torch; only loading does.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from compressible.bitstream import BitstreamError, Container, SymbolModelKind
from compressible.codecs.base import ENTROPY
from compressible.codecs.description import SUFFIX, Description, UnknownModelError, read_description
from compressible.resources import PACKAGE

if TYPE_CHECKING:
    from compressible.codecs.learned import LearnedCodec

ZOO = PACKAGE / "zoo"
QUALITIES = "msssim"
"""The family that a quality chooses from."""


def shipped() -> tuple[Description, ...]:
    """Descriptions of the models that come with the package, family after family, lowest rate first."""
    descriptions = [read_description(path) for path in ZOO.glob(f"*{SUFFIX}")]
    return tuple(sorted(descriptions, key=lambda d: split_name(d.name)))


def qualities() -> tuple[Description, ...]:
    """The shipped models that a quality chooses from: quality 1, the smallest files, first."""
    return tuple(description for description in shipped() if split_name(description.name)[0] == QUALITIES)


def split_name(name: str) -> tuple[str, int]:
    """Family and number of a model: ``msssim-2`` is the second of ``msssim``; 0 for a model that stands alone."""
    family, dash, number = name.rpartition("-")
    return (family, int(number)) if dash and number.isdecimal() else (name, 0)


def find(name: str) -> Path:
    """The file of a shipped model, or ``name`` itself as the path of an exported one.

    Raises:
        UnknownModelError: if there is neither.
    """
    own = ZOO / f"{name}{SUFFIX}"
    # A name with folders in it leads elsewhere.
    path = own if own.parent == ZOO and own.is_file() else Path(name)
    if not path.is_file():
        names = [description.name for description in shipped()]
        known = f"shipped are {', '.join(names)}" if names else "this version ships none"
        raise UnknownModelError(f"there is no model '{name}'; {known}, or give the path of an exported one")
    return path


def load(name: str, entropy: SymbolModelKind = ENTROPY) -> "LearnedCodec":
    """The codec of a shipped model's name, or of the path of an exported model.

    Args:
        name: of the model.
        entropy: how symbols are coded in the files that it writes; it reads those with any.

    Raises:
        UnknownModelError: if there is neither.
        ModelFileError: if the file is no exported model.
    """
    path = find(name)
    return _load_shipped(path, entropy) if path.parent == ZOO else _load(path, entropy)


def load_for(container: Container) -> "LearnedCodec":
    """The shipped model that wrote ``container``. Raises ``BitstreamError`` if none did."""
    for description in shipped():
        if description.hash == container.model.hex():
            return load(description.name)
    raise BitstreamError(f"no shipped model has the hash {container.model.hex()}; name the model that wrote this file")


def _load(path: Path, entropy: SymbolModelKind) -> "LearnedCodec":
    from compressible.codecs.exported import load_model  # torch
    from compressible.codecs.learned import LearnedCodec

    return LearnedCodec(load_model(path, entropy))


# A file of one's own may be exported anew, a shipped one stays what it is.
_load_shipped = cache(_load)
