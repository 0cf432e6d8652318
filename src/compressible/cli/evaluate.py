"""``compressible evaluate``: learned models and classical codecs over a folder of pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compressible.cli.choice import ENTROPY_HELP, Entropy
from compressible.cli.errors import CommandError

if TYPE_CHECKING:
    from compressible.bitstream import SymbolModelKind
    from compressible.codecs import Codec

EXAMPLES = """**Examples**

- `compressible evaluate photos/ --codec jpeg444 --codec webp -o classical.json`

- `compressible evaluate photos/ --model msssim-1 --model msssim-2 -o learned.json`

- `compressible evaluate photos/ --model outputs/run/run.cmpw --codec avif --dataset kodak -o all.json`

- `compressible plot classical.json learned.json -o curves`"""


def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Pictures to code.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="JSON file to write.")],
    codec: Annotated[
        list[str] | None,
        typer.Option("--codec", "-c", help="A classical codec: jpeg444, jpeg420, jpeg2000, webp, avif or hevc."),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", "-m", help="A shipped model, or the path of an exported one.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="Name of the pictures in the results. By default the folder's.")
    ] = None,
    entropy: Annotated[Entropy, typer.Option("--entropy", "-e", help=ENTROPY_HELP)] = Entropy.CONTEXT,
) -> None:
    """Measure rate, PSNR, SSIM and MS-SSIM of codecs over a folder of pictures.

    Any mix of models and classical codecs; --codec and --model may be given again and again. Classical codecs are run
    at several settings each; models of one family (msssim-1, msssim-2) make up one curve. Rates are those of whole
    files.
    """
    from compressible.bitstream import SymbolModelKind
    from compressible.cli.jobs import list_pictures

    if not codec and not model:
        raise CommandError("there is nothing to evaluate; name codecs with --codec or models with --model")
    files = list_pictures(folder)
    # Now rather than after hours of work.
    if output.is_dir() or not output.absolute().parent.is_dir():
        raise CommandError(f"{output} cannot be written: it is a folder, or in a folder that does not exist")
    families = _families(codec or [], model or [], SymbolModelKind[entropy.name])

    from compressible.reports import evaluation
    from compressible.reports.tables import settings_table

    try:
        measured = evaluation.evaluate(families, files, dataset or folder.resolve().name)
        evaluation.save_evaluation(output, measured)
        table = settings_table([measured])
    except (ValueError, TypeError) as error:
        raise CommandError(str(error)) from error
    _print(table)


def _families(classical: list[str], learned: list[str], entropy: "SymbolModelKind") -> "dict[str, list[Codec]]":
    """Codecs by the curve they make up."""
    from compressible.codecs import zoo
    from compressible.codecs.families import family
    from compressible.codecs.pillow import CodecUnavailableError

    for name in learned:
        zoo.find(name)
    families: dict[str, list[Codec]] = {}
    try:
        for name in dict.fromkeys(classical):
            families[name] = list(family(name))
    except (ValueError, CodecUnavailableError) as error:
        raise CommandError(str(error)) from error
    for codec in (zoo.load(name, entropy) for name in dict.fromkeys(learned)):
        members = families.setdefault(zoo.split_name(codec.name)[0], [])
        if codec.name in [member.name for member in members]:
            raise CommandError(f"two of the codecs are named {codec.name}")
        members.append(codec)
    return families


def _print(table: str) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    if console.is_terminal:
        console.print(Markdown(table))
    else:
        print(table, end="")
