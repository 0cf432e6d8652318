"""The classical rate-distortion curves: each format at its best settings, over about 0.05 to 1.2 bits a pixel.

Formats start where they can: JPEG's coarsest tables still cost 0.15 bits a pixel.
"""

from collections.abc import Callable, Mapping

from compressible.codecs.avif import Avif
from compressible.codecs.base import Codec
from compressible.codecs.hevc import Hevc
from compressible.codecs.jpeg import Jpeg
from compressible.codecs.jpeg2000 import Jpeg2000
from compressible.codecs.webp import WebP


def _jpeg444() -> tuple[Codec, ...]:
    return tuple(Jpeg(quality, "4:4:4") for quality in (2, 5, 10, 15, 20, 30, 40, 50, 60))


def _jpeg420() -> tuple[Codec, ...]:
    return tuple(Jpeg(quality, "4:2:0") for quality in (2, 5, 10, 15, 20, 30, 40, 50, 60, 70))


def _jpeg2000() -> tuple[Codec, ...]:
    return tuple(Jpeg2000(ratio) for ratio in (480, 240, 160, 120, 96, 64, 48, 32, 24, 20))


def _webp() -> tuple[Codec, ...]:
    return tuple(WebP(quality) for quality in (0, 1, 5, 10, 15, 30, 50, 65, 75, 80))


def _avif() -> tuple[Codec, ...]:
    return tuple(Avif(quality) for quality in (1, 5, 10, 15, 20, 30, 40, 50, 60))


def _hevc() -> tuple[Codec, ...]:
    return tuple(Hevc(quality) for quality in (5, 10, 15, 20, 25, 30, 35, 40, 45, 50))


FAMILIES: Mapping[str, Callable[[], tuple[Codec, ...]]] = {
    "jpeg444": _jpeg444,
    "jpeg420": _jpeg420,
    "jpeg2000": _jpeg2000,
    "webp": _webp,
    "avif": _avif,
    "hevc": _hevc,
}
"""Makers, not codecs: one that the installed Pillow lacks does not stand in the way of the others."""


def family(name: str) -> tuple[Codec, ...]:
    """The codecs of one family, from the lowest rate to the highest.

    Raises:
        ValueError: if there is no such family.
        CodecUnavailableError: if the installed libraries lack the format.
    """
    if name not in FAMILIES:
        raise ValueError(f"there is no codec family '{name}'; there are {', '.join(FAMILIES)}")
    return FAMILIES[name]()
