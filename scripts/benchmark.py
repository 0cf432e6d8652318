"""Measure what it costs: training steps, assignments, codebooks, entropy coding, pictures, networks, starting up.

    python scripts/benchmark.py                                    all, some minutes on an idle machine
    python scripts/benchmark.py --only assignment entropy_coder
    python scripts/benchmark.py --output results/benchmark.json    also to a file; JSON goes to stdout either way
    python scripts/benchmark.py --network resnet32.safetensors     that network also by NNCodec, if it is installed

Others are measured beside it where they are installed: CompressAI, NNCodec and vector-quantize-pytorch.
Every number is a median with quartiles and extremes after a warm-up, and what is compared runs in turns in one process.
The number of threads is torch's own; set OMP_NUM_THREADS to change it.
"""

import argparse
import contextlib
import dataclasses
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import torch
from rich.console import Console

from benchmarks import (
    assignment,
    binary_net,
    codebook,
    cold_start,
    compression_step,
    context_coder,
    entropy_coder,
    training_step,
    weight_files,
    whole_image,
)
from benchmarks.assignment import Assignment
from benchmarks.binary_net import BinaryNets
from benchmarks.codebook import CodebookCost
from benchmarks.cold_start import ColdStart
from benchmarks.compression_step import CompressionStep
from benchmarks.context_coder import ContextSpeed
from benchmarks.entropy_coder import EntropyCoder
from benchmarks.nncodec_files import NamedState, read_network
from benchmarks.training_step import TrainingStep
from benchmarks.weight_files import WeightFiles
from benchmarks.whole_image import WholeImage
from compressible.reports.environment import Environment, record_environment
from compressible.reports.schema import save
from compressible.weights.state import StateError

SCHEMA = 1


@dataclass(frozen=True)
class Report:
    """All that was measured.

    Attributes:
        schema: version of this record.
        environment: where and when.
        threads: that torch computes with.
        quick: whether sizes were tiny, so that the numbers mean nothing.
        training_step: Lightning against a bare loop.
        assignment: nearest centers and soft assignment against plain forms.
        entropy_coder: symbols a second.
        context_coder: the same of the coder that adapts.
        whole_image: pictures to bytes and back.
        compression_step: compression training of a network against plain training.
        weight_files: networks to files and back.
        codebook: vector quantization against another package's.
        binary_net: packed inference of binary networks against floating point.
        cold_start: commands that show their help.
    """

    schema: int
    environment: Environment
    threads: int
    quick: bool
    training_step: TrainingStep | None = None
    assignment: Assignment | None = None
    entropy_coder: EntropyCoder | None = None
    context_coder: ContextSpeed | None = None
    whole_image: WholeImage | None = None
    compression_step: CompressionStep | None = None
    weight_files: WeightFiles | None = None
    codebook: CodebookCost | None = None
    binary_net: BinaryNets | None = None
    cold_start: ColdStart | None = None


def benchmarks(trained: NamedState | None = None) -> Mapping[str, Callable[[bool], object]]:
    """All there are; each fills the field of ``Report`` that has its name."""
    return {
        "training_step": training_step.benchmark,
        "assignment": assignment.benchmark,
        "entropy_coder": entropy_coder.benchmark,
        "context_coder": context_coder.benchmark,
        "whole_image": whole_image.benchmark,
        "compression_step": compression_step.benchmark,
        "weight_files": partial(weight_files.benchmark, trained=trained),
        "codebook": codebook.benchmark,
        "binary_net": binary_net.benchmark,
        "cold_start": cold_start.benchmark,
    }


def run(names: Sequence[str], quick: bool, trained: NamedState | None, console: Console) -> Report:
    """Run the benchmarks named, one after another."""
    report = Report(SCHEMA, record_environment(), torch.get_num_threads(), quick)
    measure = benchmarks(trained)
    for name in names:
        console.print(f"{name} ...")
        start = perf_counter()
        report = dataclasses.replace(report, **{name: measure[name](quick)})
        console.print(f"{name}: {perf_counter() - start:.1f} s")
    return report


def network(argument: str) -> NamedState:
    """The trained network in a file that the command line names."""
    try:
        return read_network(Path(argument))
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{argument}: {error.strerror}") from error
    except StateError as error:
        raise argparse.ArgumentTypeError(f"{argument}: {error}") from error


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=benchmarks(), default=list(benchmarks()), metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run at all?")
    parser.add_argument("--network", type=network, metavar="FILE", help="a trained network, for weight_files")
    parser.add_argument("--output", type=Path, help="file for the JSON")
    chosen = parser.parse_args(arguments)
    with contextlib.redirect_stdout(sys.stderr):  # libraries have things to say too
        report = run(chosen.only, chosen.quick, chosen.network, Console(file=sys.stderr))
    if chosen.output is not None:
        save(chosen.output, report)
    print(json.dumps(dataclasses.asdict(report), indent=1))


if __name__ == "__main__":
    main()
