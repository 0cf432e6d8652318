"""All commands together. Nothing here or in the commands' files imports more than Typer until a command runs."""

import io
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from compressible import __version__
from compressible.cli import compress, decompress, errors, evaluate, info, models, plot, report, sweep, weights
from compressible.exit_codes import INTERRUPTED

EXAMPLES = """**Examples** (`compressible COMMAND --help` shows more)

- `compressible compress photo.png`

- `compressible decompress photo.cmpr -o out.png`"""

PYDANTIC = "Value error, "
"""What it puts before sentences of Typer's."""

app = typer.Typer(
    name="compressible",
    help="Compress pictures with learned models, down to real bytes on disk, and measure what that costs.",
    epilog=EXAMPLES,
    rich_markup_mode="markdown",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("compress", epilog=compress.EXAMPLES)(compress.compress)
app.command("decompress", epilog=decompress.EXAMPLES)(decompress.decompress)
app.command("info", epilog=info.EXAMPLES)(info.info)
app.command("models", epilog=models.EXAMPLES)(models.models)
app.command("evaluate", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command("plot", epilog=plot.EXAMPLES)(plot.plot)
app.command("report", epilog=report.EXAMPLES)(report.report)
app.command("sweep", epilog=sweep.EXAMPLES)(sweep.sweep)
app.add_typer(weights.app, name="weights")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command, turning every error into a sentence; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name need not be text.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(arguments, prog_name="compressible", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        # Without a sentence the help has been shown instead.
        if sentence := error.format_message():
            print(f"error: {sentence.replace(PYDANTIC, '')}", file=sys.stderr)
        return error.exit_code
    except typer.Abort:
        return errors.report_interrupt()
    except BrokenPipeError:
        return errors.silence_output()
    except Exception as error:
        return errors.report(error)
    if code == INTERRUPTED:
        return errors.report_interrupt()
    return code or 0


def _version(wanted: bool) -> None:
    if wanted:
        print(f"compressible {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of the command itself."""
