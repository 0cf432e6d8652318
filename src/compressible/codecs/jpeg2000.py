"""JPEG 2000 (ISO/IEC 15444-1), by Pillow's OpenJPEG."""

import io
from collections.abc import Mapping

from PIL import Image

from compressible.codecs.pillow import PillowCodec


class Jpeg2000(PillowCodec):
    """Lossy JPEG 2000: 9/7 wavelet, colour transform, bare codestream.

    Args:
        ratio: 24 bits a pixel over the rate to aim at, at least 1.
    """

    def __init__(self, ratio: float) -> None:
        if not 1 <= ratio < float("inf"):
            raise ValueError(f"JPEG 2000 compression ratio must be at least 1, got {ratio!r}")
        self.ratio = ratio
        super().__init__(f"jpeg2000-r{ratio:g}", "JPEG2000", "jpg_2000")

    @property
    def details(self) -> Mapping[str, str]:
        """Settings."""
        return {"ratio": f"{self.ratio:g}", "irreversible": "true", "mct": "1", "no_jp2": "true"}

    def _save(self, image: Image.Image, file: io.BytesIO) -> None:
        # Pillow's defaults, no colour transform and the reversible 5/3 wavelet, lose 2 dB.
        image.save(file, "JPEG2000", quality_layers=[self.ratio], irreversible=True, mct=1, no_jp2=True)
