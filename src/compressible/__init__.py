"""Learn compressible representations of images, features and network weights, down to real bytes on disk.

>>> codec = compressible.load("msssim-2")
>>> data = codec.encode(image)          # uint8 (h, w, 3) ──► bytes of a file
>>> picture = codec.decode(data)
"""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from compressible.codecs.learned import LearnedCodec

__version__ = "0.1.0"


def load(name: str, entropy: Literal["static", "context"] = "context") -> "LearnedCodec":
    """The codec of a shipped model, or of the path of an exported one.

    Args:
        name: of the model, or path of its file.
        entropy: how symbols are coded in the files that it writes; it reads both kinds. ``static`` is faster.

    Raises:
        ModelFileError: there is no such model.
        ValueError: ``entropy`` is neither.
    """
    from compressible.bitstream import SymbolModelKind
    from compressible.codecs import zoo  # deferred: torch takes seconds to import

    if entropy not in ("static", "context"):
        raise ValueError(f"entropy must be static or context, got {entropy}")
    return zoo.load(name, SymbolModelKind[entropy.upper()])
