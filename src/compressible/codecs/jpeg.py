"""Baseline JPEG (ITU-T T.81), by Pillow's libjpeg-turbo."""

import io
from collections.abc import Mapping
from typing import Literal, get_args

from PIL import Image

from compressible.codecs.pillow import PillowCodec, check_quality

Subsampling = Literal["4:4:4", "4:2:0"]
Huffman = Literal["optimized", "standard"]
"""Tables made for the picture, or those of T.81, annex K."""


class Jpeg(PillowCodec):
    """Baseline JPEG.

    Args:
        quality: 1..100, the scale of libjpeg's quantization tables.
        subsampling: of the chroma planes; 4:2:0 is better at low rates and common, 4:4:4 at high ones.
        huffman: the tables. Files are smaller with their own, which small pictures cannot pay for.
    """

    def __init__(self, quality: int, subsampling: Subsampling = "4:4:4", huffman: Huffman = "optimized") -> None:
        if subsampling not in ("4:4:4", "4:2:0"):
            raise ValueError(f"JPEG subsampling must be 4:4:4 or 4:2:0, got {subsampling!r}")
        if huffman not in get_args(Huffman):
            raise ValueError(f"JPEG Huffman tables must be optimized or standard, got {huffman!r}")
        self.quality = check_quality("JPEG", quality, lowest=1)
        self.subsampling: Subsampling = subsampling
        self.optimize = huffman == "optimized"
        tables = "" if self.optimize else "-standard"
        super().__init__(f"jpeg{subsampling.replace(':', '')}-q{quality}{tables}", "JPEG", "jpg")

    @property
    def details(self) -> Mapping[str, str]:
        """Settings."""
        optimize = str(self.optimize).lower()
        return {"quality": str(self.quality), "subsampling": self.subsampling, "optimize": optimize}

    def _save(self, image: Image.Image, file: io.BytesIO) -> None:
        image.save(file, "JPEG", quality=self.quality, subsampling=self.subsampling, optimize=self.optimize)
