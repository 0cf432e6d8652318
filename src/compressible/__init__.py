"""Learn compressible representations of images, features and network weights, down to real bytes on disk.

>>> codec = compressible.load("msssim-2")
>>> data = codec.encode(image)          # uint8 (h, w, 3) ──► bytes of a file
>>> picture = codec.decode(data)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compressible.codecs.learned import LearnedCodec

__version__ = "0.1.0"


def load(name: str) -> "LearnedCodec":
    """The codec of a shipped model, or of the path of an exported one. Raises ``ModelFileError`` if there is none."""
    from compressible.codecs import zoo  # deferred: torch takes seconds to import

    return zoo.load(name)
