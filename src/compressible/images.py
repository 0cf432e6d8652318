"""Picture files in and out: whatever a file holds becomes 8-bit sRGB, and what had to change is said.

    file ──► first frame ──► EXIF rotation ──► 8 bits ──► alpha set aside ──► ICC to sRGB ──► over white ──► (h, w, 3)

Codecs and models see nothing else; what a picture file may hold beyond that ends here.
"""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from compressible.atomic import write_bytes_atomic

HEIF_SUFFIXES = (".heic", ".heif", ".hif")
READABLE_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".webp", ".avif", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".jp2", ".j2k"),
    *HEIF_SUFFIXES,
)
WRITABLE_SUFFIXES = (".png", ".ppm", ".bmp", ".tif", ".tiff", ".webp", ".jpg", ".jpeg")
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by the value of its EXIF orientation."""
SRGB_TOLERANCE = 2
"""Levels of 255 by which a profile may move a colour and still be called sRGB: rounding of its own curves."""


class ImageError(ValueError):
    """A picture that cannot be read or written; the message is one sentence for the user."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as the codecs see it.

    Attributes:
        pixels: (h, w, 3), uint8, sRGB.
        notes: what was changed on the way from the file, in words.
    """

    pixels: np.ndarray
    notes: tuple[str, ...] = ()


def list_images(folder: str | Path) -> list[Path]:
    """The picture files of ``folder`` by their suffix, sorted by name; subfolders are not searched.

    Raises:
        ImageError: if there is no such folder or no picture in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ImageError(f"there is no folder {folder}")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in READABLE_SUFFIXES and path.is_file())
    if not files:
        raise ImageError(f"no pictures in {folder}")
    return files


def read_image(path: str | Path) -> Picture:
    """Read a picture file as 8-bit sRGB.

    Raises:
        ImageError: if the file is missing, a folder, empty, unreadable, damaged, no picture, or has more than 179
            million pixels (Pillow's limit against decompression bombs).
    """
    path = Path(path)
    if path.is_dir():
        raise ImageError(f"{path} is a folder, not a picture")
    try:
        with path.open("rb") as file:
            return _read(path, file if file.seekable() else io.BytesIO(file.read()))
    except FileNotFoundError:
        raise ImageError(f"there is no file {path}") from None
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror or error}") from error


def write_image(path: str | Path, pixels: np.ndarray) -> None:
    """Write (h, w, 3) uint8 pixels in the format that the suffix names; a stream or device without one gets PNG.

    All formats are written losslessly but JPEG, which has quality 95 and 4:4:4.

    Raises:
        ImageError: if the suffix names no format that can be written.
        ValueError: if ``pixels`` is not (h, w, 3) uint8.
        OSError: if the file cannot be written.
    """
    suffix = output_suffix(path)
    image = to_pillow(pixels)
    buffer = io.BytesIO()
    if suffix in (".jpg", ".jpeg"):
        image.save(buffer, "JPEG", quality=95, subsampling="4:4:4", optimize=True)
    elif suffix == ".webp":
        image.save(buffer, "WEBP", lossless=True)
    elif suffix in (".tif", ".tiff"):
        image.save(buffer, "TIFF", compression="tiff_adobe_deflate")
    else:
        image.save(buffer, {".png": "PNG", ".ppm": "PPM", ".bmp": "BMP"}[suffix])
    write_bytes_atomic(path, buffer.getvalue())


def output_suffix(path: str | Path) -> str:
    """The suffix of the format in which ``write_image`` writes ``path``. Raises ``ImageError`` if there is none."""
    path = Path(path)
    suffix = path.suffix.lower()
    if not suffix and path.exists() and not path.is_file():
        suffix = ".png"
    if str(path) == "/dev/stdout":
        suffix = ".png"
    if suffix not in WRITABLE_SUFFIXES:
        known = ", ".join(WRITABLE_SUFFIXES)
        raise ImageError(f"cannot tell the format of {path} from its suffix; it should be one of {known}")
    return suffix


def to_pillow(pixels: np.ndarray) -> Image.Image:
    """A Pillow image of (h, w, 3) uint8 pixels. Raises ``ValueError`` on anything else."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise ValueError(f"an image is (height, width, 3) uint8 and not empty, got {pixels.shape} {pixels.dtype}")
    return Image.fromarray(np.ascontiguousarray(pixels))


def _read(path: Path, file: IO[bytes]) -> Picture:
    if path.suffix.lower() in HEIF_SUFFIXES:
        from pillow_heif import register_heif_opener

        register_heif_opener()
    with warnings.catch_warnings():
        # Pillow warns at half of the size that it refuses; cameras make such pictures.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            if not file.read(1):
                raise ImageError(f"{path} is empty")
            file.seek(0)
            with Image.open(file) as image:
                return _convert(path, image)
        # Memory that runs out says nothing of the file.
        except (ImageError, MemoryError):
            raise
        except Image.DecompressionBombError:
            limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) / 1e6
            raise ImageError(f"{path} is refused: it has more than {limit:.0f} million pixels") from None
        except UnidentifiedImageError:
            raise ImageError(f"{path} is not a picture in a known format") from None
        # Pillow's decoders raise whatever they stumble over (struct.error, SyntaxError, KeyError, ...).
        except Exception as error:
            raise ImageError(f"{path} is truncated or damaged ({error})") from error


def _convert(path: Path, image: Image.Image) -> Picture:
    notes: list[str] = []
    if 0 in image.size:
        raise ImageError(f"{path} has no pixels: it is {image.size[0]} x {image.size[1]}")
    if frames := getattr(image, "n_frames", 1) - 1:
        image.seek(0)
        notes.append(f"first of {frames + 1} frames taken")
    # Pillow itself cuts colour channels of 16 bits to their upper 8 while loading; only the raw mode tells.
    cut = any(";16" in str(tile.args) for tile in getattr(image, "tile", ())) and image.mode in ("RGB", "RGBA", "LA")
    image.load()
    profile = image.info.get("icc_profile")
    if (turn := _exif_turn(image, notes)) is not None:
        image = image.transpose(turn)
        notes.append("rotated as its EXIF data say")
    if cut or image.mode in ("I", "F") or image.mode.startswith("I;16"):
        notes.append("16 bits a channel reduced to 8")
    image, alpha = _split_alpha(_eight_bits(path, image))
    if image.mode in ("1", "L"):
        notes.append("grayscale turned to RGB")
    elif image.mode not in ("RGB", "RGBX"):
        notes.append(f"{'palette' if image.mode == 'P' else image.mode} turned to RGB")
    if profile:
        image, note = _to_srgb(image, profile)
        notes += [note] if note else []
    image = image.convert("RGB")
    if alpha is not None and np.asarray(alpha).min() < 255:
        image = Image.composite(image, Image.new("RGB", image.size, "white"), alpha)
        notes.append("transparency flattened over white")
    return Picture(np.array(image), tuple(notes))


def _exif_turn(image: Image.Image, notes: list[str]) -> Image.Transpose | None:
    try:
        return TURNS.get(image.getexif().get(ORIENTATION, 1))
    # Broken EXIF data raise whatever their parser stumbles over, and the pixels are none the worse for it.
    except Exception:
        notes.append("unreadable EXIF data ignored")
        return None


def _eight_bits(path: Path, image: Image.Image) -> Image.Image:
    if image.mode != "I" and not image.mode.startswith("I;16"):
        if image.mode == "F":
            raise ImageError(f"{path} has floating-point pixels, whose white is not defined")
        return image
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise ImageError(f"{path} has 32-bit pixels, whose white is not defined")
    # 65535 = 255 * 257: white stays white, and a picture widened from 8 bits comes back exactly.
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours and alpha; transparency in a palette or of a key colour becomes alpha too."""
    if not image.has_transparency_data:
        return image, None
    gray = image.mode in ("1", "L", "LA", "La")
    image = image.convert("RGBA")
    # Of gray all three channels are equal, and one alone still fits a gray profile.
    return image.getchannel("R") if gray else image.convert("RGB"), image.getchannel("A")


def _to_srgb(image: Image.Image, data: bytes) -> tuple[Image.Image, str | None]:
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        space = ImageCms.core.profile_frombytes(data).xcolor_space.strip()
        if space == "RGB" and image.mode != "CMYK":
            image = image.convert("RGB")
        elif (space, image.mode) == ("GRAY", "1"):
            image = image.convert("L")
        if {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}.get(space) != image.mode:
            return image, f"colour profile for {space} ignored"
        transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), image.mode, "RGB")
        if image.mode != "CMYK" and _keeps_colours(transform, image.mode):
            return image, None
        converted = ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError):
        return image, "unreadable colour profile ignored"
    name = ImageCms.getProfileDescription(profile).strip() or "unnamed"
    return converted or image, f"colours converted from the profile '{name}' to sRGB"


def _keeps_colours(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a transform moves no colour of a coarse grid: then the profile is sRGB, whatever its name."""
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3) if mode == "RGB" else steps[None]
    probe = Image.fromarray(grid)
    moved = np.asarray(ImageCms.applyTransform(probe, transform)).astype(int) - np.asarray(probe.convert("RGB"))
    return bool(np.abs(moved).max() <= SRGB_TOLERANCE)
