"""``compressible compress``: pictures to files."""

import functools
from pathlib import Path
from typing import Annotated

import typer

from compressible.cli.choice import ENTROPY_HELP, Entropy

EXAMPLES = """**Examples**

- `compressible compress photo.png`

- `compressible compress photo.png -o small.cmpr --quality 1`

- `compressible compress photos/ -o compressed/ --model outputs/run/run.cmpw`

- `compressible compress photos/ -o compressed/ --entropy static`"""


def compress(
    source: Annotated[Path, typer.Argument(metavar="PICTURE|FOLDER", help="Picture, folder of pictures, or - .")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File or folder to write. By default PICTURE.cmpr beside the picture."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="A shipped model (see 'compressible models') or an exported one."),
    ] = None,
    quality: Annotated[
        int | None,
        typer.Option("--quality", "-q", help="Choose among the shipped MS-SSIM models: 1 makes the smallest files."),
    ] = None,
    entropy: Annotated[Entropy, typer.Option("--entropy", "-e", help=ENTROPY_HELP)] = Entropy.CONTEXT,
) -> None:
    """Compress a picture, or all pictures of a folder.

    Any common format is read. Pictures become 8-bit sRGB first; what that changed (transparency, 16 bits, a colour
    profile, a rotation) is printed beside the size. Metadata are not kept. Of a folder, a picture that cannot be read
    is reported and left out, and the exit code says so.
    """
    from compressible.atomic import write_bytes_atomic
    from compressible.bitstream import SymbolModelKind
    from compressible.cli.batch import work_through
    from compressible.cli.choice import choose_model
    from compressible.cli.jobs import Job, list_pictures, plan
    from compressible.codecs import zoo
    from compressible.images import read_image

    name = choose_model(model, quality)
    # Loaded with the first picture that can be read: until then nothing needs torch.
    codec = functools.cache(functools.partial(zoo.load, name, SymbolModelKind[entropy.name]))

    def work(job: Job) -> str:
        picture = read_image(job.source)
        data = codec().encode(picture.pixels)
        write_bytes_atomic(job.target, data)
        pixels = picture.pixels.shape[0] * picture.pixels.shape[1]
        notes = f" ({'; '.join(picture.notes)})" if picture.notes else ""
        return (
            f"{job.target}: {len(data):,} bytes, {8 * len(data) / pixels:.3f} bits per pixel, "
            f"{3 * pixels / len(data):.1f}:1 against raw RGB{notes}"
        )

    work_through(plan(source, output, ".cmpr", list_pictures), work)
