"""Pictures as the viewer shows them: the original, what a model makes of it, and classical codecs at no more bytes."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compressible.codecs import Codec
from compressible.images import list_images, read_image, to_pillow
from compressible.metrics.psnr import psnr
from compressible.reports.equal_bytes import Coded, code, largest_within
from compressible.reports.evaluation import similarities
from compressible.reports.page.model import Picture, Version, Viewer


@dataclass(frozen=True)
class Choice:
    """Which pictures are shown.

    Attributes:
        files: these.
        given: how many there were to choose from.
    """

    files: tuple[Path, ...]
    given: int


def choose(paths: Sequence[Path], at_most: int) -> Choice:
    """All files that are named, and of each folder the first ``at_most`` pictures by name.

    Raises:
        ImageError: if a folder holds no pictures.
    """
    folders = {path: list_images(path) for path in paths if path.is_dir()}
    files = [file for path in paths for file in (folders[path][:at_most] if path in folders else [path])]
    given = sum(len(folders.get(path, [path])) for path in paths)
    return Choice(tuple(files), given)


def view(choice: Choice, ours: Codec, ladders: Sequence[Sequence[Codec]]) -> Viewer:
    """Code and decode all of them.

    Args:
        choice: of pictures.
        ours: codec whose files are the measure.
        ladders: settings of each rival, from the smallest files to the largest.

    Raises:
        ImageError: if a picture cannot be read.
        ValueError: if a codec cannot encode one.
    """
    entropy = ours.details.get("entropy")
    how = f", symbols coded with --entropy {entropy}" if entropy else ""
    note = (
        f"{ours.name}{how}, and of each classical codec the best setting whose file is not larger: bytes of whole "
        f"files, pixels as decoded. {len(choice.files)} of {choice.given} pictures that were given are in this page."
    )
    return Viewer(note, tuple(_picture(file, ours, ladders) for file in choice.files))


def _picture(file: Path, ours: Codec, ladders: Sequence[Sequence[Codec]]) -> Picture:
    image = read_image(file).pixels
    height, width = image.shape[:2]
    coded = code(ours, image)
    rivals = (largest_within(ladder, image, coded.size) for ladder in ladders)
    original = Version("original", f"{width} x {height} pixels", lossless_uri(image))
    return Picture(file.name, width, height, (original, *(_version(one, image) for one in (coded, *rivals))))


def _version(coded: Coded, image: np.ndarray) -> Version:
    rate = 8 * coded.size / (image.shape[0] * image.shape[1])
    _, ms_ssim = similarities(image, coded.pixels)
    quality = f"PSNR {psnr(image, coded.pixels):.2f} dB" + (f", MS-SSIM {ms_ssim:.4f}" if ms_ssim is not None else "")
    return Version(coded.codec, f"{coded.size:,} bytes, {rate:.3f} bpp, {quality}", lossless_uri(coded.pixels))


def lossless_uri(pixels: np.ndarray) -> str:
    """Pixels, (h, w, 3) uint8, as a ``data:`` URI of lossless WebP."""
    buffer = io.BytesIO()
    to_pillow(pixels).save(buffer, "WEBP", lossless=True)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
