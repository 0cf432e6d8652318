"""How symbols become bytes, and bytes a file.

    symbols ──► static_coder (integer tables) ──► payload ──► container ──► file

Only what needs no array library is re-exported, so that a file's limits are checked before anything heavy is imported;
``tables``, ``static_coder`` and ``digest`` are imported by their own names.
"""

from compressible.bitstream.container import Container, PayloadKind, SymbolModelKind
from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.image_header import ImageHeader

__all__ = ["BitstreamError", "Container", "ImageHeader", "PayloadKind", "SymbolModelKind"]
