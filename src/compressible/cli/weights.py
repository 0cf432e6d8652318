"""``compressible weights``: networks to files and back."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from compressible.cli import weights_info
from compressible.cli.errors import CommandError
from compressible.exit_codes import FAILED

SUFFIX = ".cmpw"
EXAMPLES = """**Examples** (`compressible weights COMMAND --help` shows more)

- `compressible weights compress network.pt`

- `compressible weights decompress network.cmpw -o network.safetensors`"""
COMPRESS_EXAMPLES = """**Examples**

- `compressible weights compress network.pt`

- `compressible weights compress network.safetensors -o small.cmpw --step 1.2`

- `compressible weights compress last.ckpt -o tiny.cmpw --step 1.2 --mantissa 10 --coder context`"""
DECOMPRESS_EXAMPLES = """**Examples**

- `compressible weights decompress network.cmpw`

- `compressible weights decompress network.cmpw -o network.pt`"""

app = typer.Typer(
    help="Compress the weights of networks: without training, without data, one file that needs nothing else.",
    epilog=EXAMPLES,
    rich_markup_mode="markdown",
    no_args_is_help=True,
)


class Coder(StrEnum):
    """How symbols are coded."""

    RANGE = "range"
    HUFFMAN = "huffman"
    SPARSE = "sparse"
    CONTEXT = "context"


@app.command("compress", epilog=COMPRESS_EXAMPLES)
def compress(
    source: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A checkpoint: .safetensors, .pt, .ckpt, ..., or - .")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help=f"File to write. By default MODEL{SUFFIX} beside the checkpoint."),
    ] = None,
    step: Annotated[
        float,
        typer.Option(
            "--step",
            "-s",
            help="How coarse, in typical sizes of a weight: 0.4 changes hardly anything, 0.7 little, 1.4 a lot.",
        ),
    ] = 0.7,
    coder: Annotated[
        Coder,
        typer.Option(
            help="range has one table for tensors that are alike; context also predicts from neighbours, which pays "
            "where many are zero; huffman is simpler to decode elsewhere; sparse skips the most frequent symbol, as "
            "the index coding of Deep Compression does."
        ),
    ] = Coder.RANGE,
    mantissa: Annotated[
        int | None,
        typer.Option(
            help="Round floating-point tensors that are not quantized (biases, norms) to so many bits of mantissa; "
            "10 is plenty. By default they are kept bit for bit."
        ),
    ] = None,
) -> None:
    """Compress a network's weights at once, without training and without data.

    Matrices and kernels of 256 values and more are quantized and entropy coded; everything else (biases, norms and
    their statistics, integers) is kept bit for bit. Of a checkpoint only the state dict is kept, in the order, with the
    names and types that it has. Nothing is unpickled but tensors.
    """
    from rich.console import Console
    from rich.progress import Progress

    from compressible.atomic import write_bytes_atomic
    from compressible.bitstream.stream_coders import CoderKind
    from compressible.bitstream.weight_file import encode_weights
    from compressible.bitstream.weight_sizes import measure_weights
    from compressible.cli.batch import work_through
    from compressible.cli.jobs import Job, plan
    from compressible.weights.one_shot import OneShot, compress_tensors

    try:
        how = OneShot(step, CoderKind[coder.name], mantissa)
    except ValueError as error:
        raise CommandError(str(error)) from error

    def work(job: Job) -> str:
        data = job.source.read_bytes()
        from compressible.weights.state import StateError, read_state, tensors_of

        try:
            tensors = tensors_of(read_state(data))
        except StateError as error:
            raise CommandError(f"{job.source}: {error}", FAILED) from error
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
            packed = encode_weights(compress_tensors(tensors, how, lambda chosen: bar.track(chosen, description="")))
        write_bytes_atomic(job.target, packed)
        sizes = measure_weights(packed)
        quantized = sum(tensor.form == "quantized" for tensor in sizes.tensors)
        return (
            f"{job.target}: {len(packed):,} bytes, {8 * len(packed) / max(1, sizes.float_values):.2f} bits per weight, "
            f"{sizes.factor:.1f}:1 against float32; {quantized} of {len(sizes.tensors)} tensors quantized"
        )

    work_through(plan(source, output, SUFFIX, _one_file), work)


@app.command("decompress", epilog=DECOMPRESS_EXAMPLES)
def decompress(
    source: Annotated[Path, typer.Argument(metavar="FILE", help=f"A file that compress wrote ({SUFFIX}), or - .")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Checkpoint to write. By default FILE.safetensors beside the file."),
    ] = None,
) -> None:
    """Decompress to a state dict, as the network's load_state_dict takes it.

    The suffix of the output names its format: .safetensors, or .pt, .pth, .ckpt, .bin for torch.load. A damaged file is
    refused, never decoded to wrong weights.
    """
    from compressible.atomic import write_bytes_atomic
    from compressible.bitstream.weight_file import decode_weights
    from compressible.cli.batch import work_through
    from compressible.cli.jobs import Job, plan

    def work(job: Job) -> str:
        # The file is checked before torch is imported.
        file = decode_weights(job.source.read_bytes())
        from compressible.weights.state import StateError, state_of, write_state

        try:
            write_bytes_atomic(job.target, write_state(state_of(file), job.target))
        except StateError as error:
            raise CommandError(str(error)) from error
        return f"{job.target}: {len(file.tensors)} tensors, {file.decoded_bytes:,} bytes of values"

    work_through(plan(source, output, ".safetensors", _one_file), work)


app.command("info", epilog=weights_info.EXAMPLES)(weights_info.info)


def _one_file(folder: Path) -> list[Path]:
    raise CommandError(f"{folder} is a folder, and one file is wanted")
