"""What the codecs that Pillow carries have in common: arrays in and out, and errors in words."""

import io
from abc import abstractmethod

import numpy as np
from PIL import Image, features

from compressible.codecs.base import Codec
from compressible.images import to_pillow


class CodecUnavailableError(RuntimeError):
    """The installed Pillow was built without a codec."""


class PillowCodec(Codec):
    """A codec that is a file format of Pillow.

    Args:
        name: see ``Codec.name``.
        format: Pillow's name of the format, the only one that ``decode`` accepts.
        feature: Pillow's name of the library it needs.

    Raises:
        CodecUnavailableError: if the installed Pillow lacks it.
    """

    def __init__(self, name: str, format: str, feature: str | None) -> None:
        if feature is not None and not features.check(feature):
            raise CodecUnavailableError(f"the installed Pillow was built without {format} ('{feature}')")
        self.name = name
        self.format = format

    @abstractmethod
    def _save(self, image: Image.Image, file: io.BytesIO) -> None:
        """Write ``image`` with the codec's settings."""

    def encode(self, image: np.ndarray) -> bytes:
        """The whole file of ``image``, (h, w, 3) uint8. Raises ``ValueError`` on a size the format cannot hold."""
        picture = to_pillow(image)
        buffer = io.BytesIO()
        try:
            self._save(picture, buffer)
        except (OSError, RuntimeError, ValueError) as error:
            size = f"{picture.width} x {picture.height}"
            raise ValueError(f"{self.name} cannot encode a picture of {size} ({error})") from error
        return buffer.getvalue()

    def decode(self, data: bytes) -> np.ndarray:
        """The picture, (h, w, 3) uint8. Raises ``ValueError`` on bytes that are not of this format or damaged."""
        try:
            with Image.open(io.BytesIO(data), formats=(self.format,)) as picture:
                return np.array(picture.convert("RGB"))
        except (OSError, RuntimeError, ValueError, SyntaxError) as error:
            raise ValueError(f"{self.name} cannot decode these {len(data)} bytes ({error})") from error


def check_quality(name: str, quality: int, lowest: int) -> int:
    """``quality`` itself if it is an integer in ``lowest``..100. Raises ``ValueError`` otherwise."""
    if isinstance(quality, bool) or not isinstance(quality, int) or not lowest <= quality <= 100:
        raise ValueError(f"{name} quality must be an integer in {lowest}..100, got {quality!r}")
    return quality
