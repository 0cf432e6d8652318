"""The codec interface: a picture to bytes and back. Classical standards and learned models stand behind it alike."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from compressible.bitstream.container import SymbolModelKind

ENTROPY = SymbolModelKind.CONTEXT
"""How learned codecs code symbols unless told otherwise."""


@dataclass(frozen=True)
class Sizes:
    """The three sizes of one encoded picture.

    Attributes:
        estimated: bits by the cross-entropy of the symbol model, or None where there is none.
        coded: bytes of the entropy-coded payload, or None where a codec does not tell them from the rest.
        file: all bytes.
    """

    estimated: float | None
    coded: int | None
    file: int


class Codec(ABC):
    """Encodes and decodes pictures at one fixed setting."""

    name: str
    """Family and setting, for example ``jpeg444-q10``."""

    @property
    def details(self) -> Mapping[str, str]:
        """What a result file records beside the name: settings, or the hash of a model."""
        return {}

    @abstractmethod
    def encode(self, image: np.ndarray) -> bytes:
        """The whole file of ``image``, (h, w, 3) uint8. Raises ``ValueError`` on what the format cannot hold."""

    @abstractmethod
    def decode(self, data: bytes) -> np.ndarray:
        """The picture, (h, w, 3) uint8, of a file's bytes. Raises ``ValueError`` on what is no such file."""

    def sizes(self, data: bytes) -> Sizes:
        """Sizes of the file ``data``."""
        return Sizes(estimated=None, coded=None, file=len(data))
