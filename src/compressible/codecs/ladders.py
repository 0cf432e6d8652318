"""Every setting of each classical format, from the smallest files to the largest, for whoever looks for a size."""

from collections.abc import Callable, Mapping, Sequence

from compressible.codecs.avif import Avif
from compressible.codecs.base import Codec
from compressible.codecs.hevc import Hevc
from compressible.codecs.jpeg import Jpeg
from compressible.codecs.jpeg2000 import Jpeg2000
from compressible.codecs.webp import WebP

RATIO_STEP = 1.01
"""From one compression ratio of JPEG 2000 to the next: files within a per cent of any size."""
RATIO_STEPS = 700
"""1.01^700 = 1059, so down to 0.023 bits a pixel."""

LADDERS: Mapping[str, Callable[[], Sequence[Codec]]] = {
    "jpeg444": lambda: [Jpeg(quality, "4:4:4") for quality in range(1, 101)],
    "jpeg420": lambda: [Jpeg(quality, "4:2:0") for quality in range(1, 101)],
    "jpeg2000": lambda: [Jpeg2000(RATIO_STEP**step) for step in range(RATIO_STEPS, -1, -1)],
    "webp": lambda: [WebP(quality) for quality in range(101)],
    "avif": lambda: [Avif(quality) for quality in range(101)],
    "hevc": lambda: [Hevc(quality) for quality in range(101)],
}


def ladder(family: str) -> Sequence[Codec]:
    """All settings of one format.

    Raises:
        ValueError: if there is no such family.
        CodecUnavailableError: if the installed libraries lack the format.
    """
    if family not in LADDERS:
        raise ValueError(f"there is no codec family '{family}'; there are {', '.join(LADDERS)}")
    return LADDERS[family]()
