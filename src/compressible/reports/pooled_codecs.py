"""Classical codecs on small images, with all images counted together and headers left out.

images x codecs ──► encode ──► payload bytes ──► decode ──► squared error ──► one point a setting
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.progress import track

from compressible.codecs.base import Codec
from compressible.codecs.families import family
from compressible.codecs.jpeg import Jpeg, Subsampling
from compressible.codecs.payload import avif_payload, jpeg_payload, webp_payload
from compressible.metrics.curves import RDCurve, RDPoint
from compressible.reports.coded_images import psnr_of
from compressible.reports.environment import Dataset, Environment, record_environment

POOLED_CODECS = "compressible-pooled-codecs-1"
"""Name and version of the JSON layout."""
Payload = Callable[[bytes], int]
QUALITIES = (2, 5, 10, 15, 20, 30, 40, 50, 60)
"""Of JPEG."""


def _jpeg(subsampling: Subsampling) -> tuple[Codec, ...]:
    return tuple(Jpeg(quality, subsampling, "standard") for quality in QUALITIES)


CODECS: Mapping[str, tuple[Callable[[], tuple[Codec, ...]], Payload]] = {
    "jpeg444": (lambda: _jpeg("4:4:4"), jpeg_payload),
    "jpeg420": (lambda: _jpeg("4:2:0"), jpeg_payload),
    "webp": (lambda: family("webp"), webp_payload),
    "avif": (lambda: family("avif"), avif_payload),
}
"""What makes the settings of each family, and what counts their bytes."""


@dataclass(frozen=True)
class PooledSetting:
    """One setting over all images.

    Attributes:
        family: the curve that it is a point of.
        codec: family and setting.
        details: settings.
        payload_bytes: of all images, see ``codecs.payload``.
        file_bytes: of all images, headers too.
        squared_error: mean over all images, pixels in 0..1.
    """

    family: str
    codec: str
    details: Mapping[str, str]
    payload_bytes: int
    file_bytes: int
    squared_error: float


@dataclass(frozen=True)
class PooledCodecs:
    """All settings.

    Attributes:
        schema: name and version of the JSON layout.
        environment: where and by what it was measured.
        dataset: where the images are from.
        images: how many of them were coded, the first ones.
        pixels: of an image.
        settings: those of a family one after another.
    """

    schema: str
    environment: Environment
    dataset: Dataset
    images: int
    pixels: int
    settings: tuple[PooledSetting, ...]

    def __post_init__(self) -> None:
        if self.schema != POOLED_CODECS:
            raise ValueError(f"the schema is '{self.schema}', and this version reads '{POOLED_CODECS}'")

    def curves(self) -> tuple[RDCurve, ...]:
        """One a family: payload bits a pixel, and PSNR of the mean squared error."""
        points: dict[str, list[RDPoint]] = {}
        for setting in self.settings:
            bpp = 8 * setting.payload_bytes / (self.images * self.pixels)
            points.setdefault(setting.family, []).append(RDPoint(bpp, psnr_of(setting.squared_error)))
        return tuple(RDCurve(name, own) for name, own in points.items())


def measure(images: np.ndarray, dataset: Dataset) -> PooledCodecs:
    """Code images (n, h, w, 3) uint8, each by itself, with all codecs.

    Raises:
        CodecUnavailableError: the installed libraries lack a format.
    """
    environment = record_environment()
    settings = tuple(_measured(images))
    pixels = images.shape[1] * images.shape[2]
    return PooledCodecs(POOLED_CODECS, environment, dataset, len(images), pixels, settings)


def _measured(images: np.ndarray) -> Iterator[PooledSetting]:
    members = [(name, codec, payload) for name, (make, payload) in CODECS.items() for codec in make()]
    for name, codec, payload in track(members, "codecs", transient=True):
        files = [codec.encode(image) for image in images]
        yield PooledSetting(
            family=name,
            codec=codec.name,
            details=codec.details,
            payload_bytes=sum(map(payload, files)),
            file_bytes=sum(map(len, files)),
            squared_error=_squared_error(images, [codec.decode(data) for data in files]),
        )


def _squared_error(images: np.ndarray, decoded: Sequence[np.ndarray]) -> float:
    difference = (np.stack(decoded).astype(np.float64) - images) / 255
    return float(np.mean(difference**2))
