"""JPEG with optimized Huffman tables (ITU-T T.81), by Pillow's libjpeg-turbo."""

import io
from collections.abc import Mapping
from typing import Literal

from PIL import Image

from compressible.codecs.pillow import PillowCodec, check_quality

Subsampling = Literal["4:4:4", "4:2:0"]


class Jpeg(PillowCodec):
    """Baseline JPEG.

    Args:
        quality: 1..100, the scale of libjpeg's quantization tables.
        subsampling: of the chroma planes; 4:2:0 is better at low rates and common, 4:4:4 at high ones.
    """

    def __init__(self, quality: int, subsampling: Subsampling = "4:4:4") -> None:
        if subsampling not in ("4:4:4", "4:2:0"):
            raise ValueError(f"JPEG subsampling must be 4:4:4 or 4:2:0, got {subsampling!r}")
        self.quality = check_quality("JPEG", quality, lowest=1)
        self.subsampling: Subsampling = subsampling
        super().__init__(f"jpeg{subsampling.replace(':', '')}-q{quality}", "JPEG", "jpg")

    @property
    def details(self) -> Mapping[str, str]:
        """Settings."""
        return {"quality": str(self.quality), "subsampling": self.subsampling, "optimize": "true"}

    def _save(self, image: Image.Image, file: io.BytesIO) -> None:
        image.save(file, "JPEG", quality=self.quality, subsampling=self.subsampling, optimize=True)
