"""What a codec makes of pictures, as files to open and look at.

picture ──► NAME.cmpr ──► NAME.png
"""

from collections.abc import Sequence
from pathlib import Path

from compressible.atomic import write_bytes_atomic
from compressible.codecs import Codec
from compressible.images import read_image, write_image


def write_coded_files(codec: Codec, files: Sequence[Path], folder: Path) -> None:
    """Write each picture's compressed file to ``folder``, and beside it the PNG that this very file decodes to.

    Raises:
        ImageError: if a picture cannot be read.
    """
    for file in files:
        compressed = folder / f"{file.stem}.cmpr"
        write_bytes_atomic(compressed, codec.encode(read_image(file).pixels))
        write_image(compressed.with_suffix(".png"), codec.decode(compressed.read_bytes()))
