"""AVIF, the intra coding of AV1 (AV1 Image File Format 1.1), by Pillow's libavif."""

import io
from collections.abc import Mapping

from PIL import Image

from compressible.codecs.pillow import PillowCodec, check_quality


class Avif(PillowCodec):
    """AVIF 4:4:4 at speed 4.

    Args:
        quality: 0..100.
    """

    def __init__(self, quality: int) -> None:
        self.quality = check_quality("AVIF", quality, lowest=0)
        super().__init__(f"avif-q{quality}", "AVIF", "avif")

    @property
    def details(self) -> Mapping[str, str]:
        """Settings."""
        return {"quality": str(self.quality), "subsampling": "4:4:4", "speed": "4", "threads": "1"}

    def _save(self, image: Image.Image, file: io.BytesIO) -> None:
        # libaom writes other bytes with one thread than with several, and Pillow takes the machine's number.
        image.save(file, "AVIF", quality=self.quality, subsampling="4:4:4", speed=4, max_threads=1)
