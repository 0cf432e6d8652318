"""``compressible decompress``: files back to pictures."""

import functools
from pathlib import Path
from typing import Annotated

import typer

from compressible.cli.errors import CommandError

SUFFIX = ".cmpr"
EXAMPLES = """**Examples**

- `compressible decompress photo.cmpr`

- `compressible decompress photo.cmpr -o out.webp`

- `compressible decompress compressed/ -o pictures/`

- `compressible decompress photo.cmpr --model outputs/run/run.cmpw`"""


def decompress(
    source: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="Compressed file, folder of them, or - .")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File or folder to write. By default FILE.png beside the file."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="The model that wrote the file. By default the file tells, if it shipped."),
    ] = None,
) -> None:
    """Decompress a file, or all .cmpr files of a folder.

    The suffix of the output names its format; all are lossless but .jpg. A damaged file is refused, never decoded to a
    wrong picture.
    """
    from compressible.bitstream import BitstreamError, Container, ImageHeader, PayloadKind
    from compressible.cli.batch import work_through
    from compressible.cli.jobs import Job, plan
    from compressible.codecs import zoo
    from compressible.images import ImageError, output_suffix, write_image

    if model is not None:
        zoo.find(model)
    named = functools.cache(zoo.load)

    def work(job: Job) -> str:
        try:
            output_suffix(job.target)
        except ImageError as error:
            raise CommandError(str(error)) from error
        data = job.source.read_bytes()
        # What the file declares is checked before torch is imported and a model loaded.
        container = Container.from_bytes(data)
        if container.kind is not PayloadKind.IMAGE:
            raise BitstreamError(f"this file holds {container.kind.name.lower()}, not an image")
        header = ImageHeader.from_bytes(container.header)
        codec = zoo.load_for(container) if model is None else named(model)
        write_image(job.target, codec.decode(data))
        return f"{job.target}: {header.width} x {header.height} pixels, model {codec.name}"

    work_through(plan(source, output, ".png", list_compressed), work)


def list_compressed(folder: Path) -> list[Path]:
    """The compressed files of ``folder``, sorted by name. Raises ``CommandError`` if there are none."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() == SUFFIX and path.is_file())
    if not files:
        raise CommandError(f"no {SUFFIX} files in {folder}")
    return files
