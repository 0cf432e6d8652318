"""Lossy WebP, the intra coding of VP8 (RFC 9649, RFC 6386), by Pillow's libwebp."""

import io
from collections.abc import Mapping

from PIL import Image

from compressible.codecs.pillow import PillowCodec, check_quality


class WebP(PillowCodec):
    """WebP with its slowest, best method. Chroma is 4:2:0 always: the format has no other.

    Args:
        quality: 0..100.
    """

    def __init__(self, quality: int) -> None:
        self.quality = check_quality("WebP", quality, lowest=0)
        super().__init__(f"webp-q{quality}", "WEBP", "webp")

    @property
    def details(self) -> Mapping[str, str]:
        """Settings."""
        return {"quality": str(self.quality), "method": "6", "subsampling": "4:2:0"}

    def _save(self, image: Image.Image, file: io.BytesIO) -> None:
        image.save(file, "WEBP", quality=self.quality, method=6)
