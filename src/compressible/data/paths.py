"""Where data sets lie."""

from pathlib import Path

from compressible.images import ImageError, list_images


class DataError(Exception):
    """A data set that is not there or not what it should be, in one sentence that says what to do."""


class DownloadError(DataError):
    """A data set that could not be downloaded: trying again later may help."""


def image_files(folder: Path) -> list[Path]:
    """Pictures directly in ``folder``, sorted by name. Raises ``DataError`` if there are none."""
    try:
        return list_images(folder)
    except ImageError as error:
        raise DataError(f"{error}; set paths.data (or COMPRESSIBLE_DATA) to where the data sets lie") from error
