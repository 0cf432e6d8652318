"""``compressible report``: results, runs and pictures as one HTML page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compressible.cli.choice import ENTROPY_HELP, Entropy, choose_model
from compressible.cli.errors import CommandError

if TYPE_CHECKING:
    from compressible.reports.page.model import Standing, Viewer

RESULTS = Path("results")
CODEC = "jpeg444"
NEEDED = ("jinja2", "markdown_it", "plotly")

EXAMPLES = """**Examples**

- `compressible report`

- `compressible report results outputs/shvq_low outputs/shvq_high -o report.html`

- `compressible report results --pictures data/kodak --model msssim-2 --codec jpeg444 --codec webp`"""


def report(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RESULTS|RUNS]...",
            help="JSON files of results, run folders, or folders of these. Default: results.",
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path("report.html"),
    title: Annotated[str, typer.Option("--title", help="Of the page.")] = "Results",
    pictures: Annotated[
        list[Path] | None,
        typer.Option("--pictures", "-p", help="A picture, or a folder of pictures, to compare at equal bytes."),
    ] = None,
    at_most: Annotated[
        int, typer.Option("--at-most", min=1, help="Pictures taken of a folder; each makes the page larger.")
    ] = 3,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="A shipped model, or the path of an exported one, for pictures.")
    ] = None,
    codec: Annotated[
        list[str] | None,
        typer.Option("--codec", "-c", help=f"A classical codec for pictures, as for evaluate. Default: {CODEC}."),
    ] = None,
    entropy: Annotated[Entropy, typer.Option("--entropy", "-e", help=ENTROPY_HELP)] = Entropy.CONTEXT,
) -> None:
    """Write one HTML page that shows results and runs; it loads nothing and needs no server.

    Tables, rate-distortion curves with BD-rates against a chosen anchor, training curves, histograms of codes, each
    run's configuration, and pictures beside what a model and classical codecs make of them at equal bytes.
    """
    from dataclasses import replace
    from importlib.util import find_spec

    from compressible.atomic import write_bytes_atomic

    if any(find_spec(name) is None for name in NEEDED):
        raise CommandError("the report needs plotly and others: pip install 'compressible[report]'")
    if not pictures and (model is not None or codec):
        raise CommandError("--model and --codec are for pictures; name some with --pictures")
    # Now rather than after coding pictures.
    if output.is_dir() or not output.absolute().parent.is_dir():
        raise CommandError(f"{output} cannot be written: it is a folder, or in a folder that does not exist")

    from compressible.reports.page import assemble, find_sources, render
    from compressible.reports.schema import SchemaError

    try:
        found = find_sources(sources or [RESULTS])
        page = assemble(title, found, _standing)
    except SchemaError:
        raise
    except ValueError as error:
        raise CommandError(str(error)) from error
    if pictures:
        page = replace(page, viewer=_view(pictures, at_most, model, codec or [CODEC], entropy))
    # What a file holds may be no Unicode.
    data = render(page).encode(errors="backslashreplace")
    write_bytes_atomic(output, data)
    print(f"{output}: {len(data) / 1e6:.1f} MB")
    for fact in page.left_out:
        print(f"{fact.label}: {fact.value}")
    if page.viewer is not None:
        print(page.viewer.note)


def _standing(folder: Path) -> "Standing | None":
    """None of a run whose folder says nothing of it."""
    from compressible.reports.page.model import Standing
    from compressible.runs import State, read_progress, read_status, state_of

    status, progress = read_status(folder), read_progress(folder)
    if status is None:
        return None
    try:
        state = state_of(folder)
    except OSError:
        # Somebody else's run, whose lock is not for us: what it said last.
        state = State(status.state)
    steps = ""
    if progress is not None and state is not State.DONE:
        steps = f", {progress.step:,} of {progress.steps:,} steps"
    return Standing(f"{state}{steps}", status.error or "" if state is State.FAILED else "")


def _view(pictures: list[Path], at_most: int, model: str | None, codecs: list[str], entropy: Entropy) -> "Viewer":
    from compressible.bitstream import SymbolModelKind
    from compressible.codecs import zoo
    from compressible.codecs.ladders import ladder
    from compressible.codecs.pillow import CodecUnavailableError
    from compressible.images import ImageError
    from compressible.reports.page.pictures import choose, view

    choice = choose(pictures, at_most)
    ours = zoo.load(choose_model(model, None), SymbolModelKind[entropy.name])
    try:
        return view(choice, ours, [ladder(name) for name in dict.fromkeys(codecs)])
    except ImageError:
        raise
    except (CodecUnavailableError, ValueError) as error:
        raise CommandError(str(error)) from error
