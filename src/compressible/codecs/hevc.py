"""HEVC intra pictures in HEIF (ITU-T H.265, ISO/IEC 23008-12), by pillow-heif's x265."""

import io
from collections.abc import Mapping

from PIL import Image

from compressible.codecs.pillow import CodecUnavailableError, PillowCodec, check_quality


class Hevc(PillowCodec):
    """HEIF 4:4:4, the nearest that Pillow comes to BPG, which codes HEVC intra pictures as well.

    Args:
        quality: 0..100.
    """

    def __init__(self, quality: int) -> None:
        self.quality = check_quality("HEVC", quality, lowest=0)
        super().__init__(f"hevc-q{quality}", "HEIF", feature=None)
        _register()

    @property
    def details(self) -> Mapping[str, str]:
        """Settings."""
        return {"quality": str(self.quality), "subsampling": "4:4:4"}

    def _save(self, image: Image.Image, file: io.BytesIO) -> None:
        image.save(file, "HEIF", quality=self.quality, chroma=444)


def _register() -> None:
    """Teach Pillow the format. Imported only here: it loads x265 and libde265."""
    try:
        import pillow_heif
    except ImportError as error:
        raise CodecUnavailableError("HEVC needs the package pillow-heif, which is not installed") from error
    if not pillow_heif.libheif_info()["encoders"]:
        raise CodecUnavailableError("the installed pillow-heif was built without an HEVC encoder")
    pillow_heif.register_heif_opener()
