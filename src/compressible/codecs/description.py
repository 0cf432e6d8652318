"""What an exported model says of itself. Read without torch, so that models are listed and looked up at once."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.weight_file import read_plain

FORMAT = 1
SUFFIX = ".cmpw"
"""Of model files, which are weight files."""
TENSOR = "description"
"""Name of the tensor whose bytes are the description."""
MAX_BYTES = 2**30
"""Of all tensors of a model together. A few bytes can declare any number."""


class ModelFileError(ValueError):
    """A file that is no exported model, in one sentence."""


class UnknownModelError(ModelFileError):
    """A name or path behind which there is no model, in one sentence."""


@dataclass(frozen=True)
class Card:
    """What a user should know of a model before using it.

    Attributes:
        title: one line.
        training_data: what it was trained on.
        licence: what that data allows.
        distortion: what it was trained to minimise.
        beta: weight of the rate.
        steps: training steps of the run, without those of a run whose weights it started from.
        seed: seed of the run.
        commit: version of the code that trained it.
    """

    title: str
    training_data: str = ""
    licence: str = ""
    distortion: str = ""
    beta: float = 0.0
    steps: int = 0
    seed: int = 0
    commit: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            kinds = {"beta": (int, float), "steps": int, "seed": int}.get(field.name, str)
            if not isinstance(getattr(self, field.name), kinds):
                raise TypeError(f"{field.name} of a card has the wrong type: {getattr(self, field.name)!r}")


@dataclass(frozen=True)
class Description:
    """What an exported model says of itself.

    Attributes:
        name: the model's name.
        hash: 16 hexadecimal digits over everything that decides how a file decodes.
        checksum: the same over all tensors, those of the encoder too.
        model: configuration node that builds the network.
        card: what to know of it.
        format: version of this file format.
    """

    name: str
    hash: str
    checksum: str
    model: Mapping[str, Any]
    card: Card
    format: int = FORMAT

    def __post_init__(self) -> None:
        if not (isinstance(self.name, str) and isinstance(self.model, Mapping)):
            raise TypeError(f"a model has a name and a configuration node, got {self.name!r} and {self.model!r}")
        for digest in (self.hash, self.checksum):
            if not re.fullmatch("[0-9a-f]{16}", digest):
                raise ValueError(f"a model hash has 16 hexadecimal digits, got {digest!r}")


def read_description(path: Path) -> Description:
    """The description alone. Raises ``ModelFileError`` if ``path`` is no exported model."""
    return description_in(path, read_model(path))


def read_model(path: Path) -> bytes:
    """The bytes of a model file. Raises ``ModelFileError`` if ``path`` cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror}") from error


def description_in(path: Path, data: bytes) -> Description:
    """The description in the bytes of the file at ``path``.

    Raises:
        ModelFileError: if there is none that this version reads.
    """
    try:
        plain = json.loads(read_plain(data, TENSOR, MAX_BYTES).tobytes())
        if plain["format"] != FORMAT:
            raise ModelFileError(f"{path} has model format {plain['format']!r}; this version reads {FORMAT}")
        return Description(**(plain | {"card": Card(**plain["card"])}))
    except BitstreamError as error:
        raise ModelFileError(f"{path} is not a model exported by compressible: {error}") from error
    except ModelFileError:
        raise
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{path} is not a model exported by compressible") from error
