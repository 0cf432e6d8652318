"""Measure what the framework costs: training steps, assignments, entropy coding, whole pictures.

    python scripts/benchmark.py                                    all, some minutes on an idle machine
    python scripts/benchmark.py --only assignment entropy_coder
    python scripts/benchmark.py --output results/benchmarks.json   also to a file; JSON goes to stdout either way

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
from pathlib import Path
from time import perf_counter

import torch
from rich.console import Console

from benchmarks import assignment, entropy_coder, training_step, whole_image
from benchmarks.assignment import Assignment
from benchmarks.entropy_coder import EntropyCoder
from benchmarks.training_step import TrainingStep
from benchmarks.whole_image import WholeImage
from compressible.reports.environment import Environment, record_environment
from compressible.reports.schema import save

SCHEMA = 1
BENCHMARKS: Mapping[str, Callable[[bool], object]] = {
    "training_step": training_step.benchmark,
    "assignment": assignment.benchmark,
    "entropy_coder": entropy_coder.benchmark,
    "whole_image": whole_image.benchmark,
}
"""A benchmark fills the field of ``Report`` that has its name."""


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
        whole_image: pictures to bytes and back.
    """

    schema: int
    environment: Environment
    threads: int
    quick: bool
    training_step: TrainingStep | None = None
    assignment: Assignment | None = None
    entropy_coder: EntropyCoder | None = None
    whole_image: WholeImage | None = None


def run(names: Sequence[str], quick: bool, console: Console) -> Report:
    """Run the benchmarks named, one after another."""
    report = Report(SCHEMA, record_environment(), torch.get_num_threads(), quick)
    for name in names:
        console.print(f"{name} ...")
        start = perf_counter()
        report = dataclasses.replace(report, **{name: BENCHMARKS[name](quick)})
        console.print(f"{name}: {perf_counter() - start:.1f} s")
    return report


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS), metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run at all?")
    parser.add_argument("--output", type=Path, help="file for the JSON")
    chosen = parser.parse_args(arguments)
    with contextlib.redirect_stdout(sys.stderr):  # libraries have things to say too
        report = run(chosen.only, chosen.quick, Console(file=sys.stderr))
    if chosen.output is not None:
        save(chosen.output, report)
    print(json.dumps(dataclasses.asdict(report), indent=1))


if __name__ == "__main__":
    main()
