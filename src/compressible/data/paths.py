"""Where data sets lie."""

from pathlib import Path


class DataError(Exception):
    """A data set that is not there or not what it should be, in one sentence that says what to do."""


def image_files(folder: Path) -> list[Path]:
    """Pictures directly in ``folder``, sorted by name. Raises ``DataError`` if there are none."""
    suffixes = {".png", ".jpg", ".jpeg", ".webp", ".avif", ".heic", ".bmp", ".tif", ".tiff", ".ppm"}
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; set paths.data (or COMPRESSIBLE_DATA) to where the data sets lie")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in suffixes)
    if not files:
        raise DataError(f"{folder} holds no pictures")
    return files
