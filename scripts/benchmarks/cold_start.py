"""Seconds until a command has shown its help and ended, as a new process; bare Python and PyTorch beside it.

Files are in the system's cache after the warm-up, as they are whenever a command has been used lately.
"""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.measure import Summary, in_turns, summarise_all
from compressible.reports.tables import markdown

TRAIN = Path(__file__).resolve().parents[2] / "train.py"
COMMANDS = {
    "`python train.py --help`": (sys.executable, str(TRAIN), "--help"),
    "`compressible --help`": (str(Path(sys.executable).with_name("compressible")), "--help"),
    "`compressible sweep --help`": (str(Path(sys.executable).with_name("compressible")), "sweep", "--help"),
    "`python -c pass`": (sys.executable, "-c", "pass"),
    '`python -c "import torch"`': (sys.executable, "-c", "import torch"),
}


@dataclass(frozen=True)
class ColdStart:
    """Seconds of each command, from its start to its end."""

    seconds: Mapping[str, Summary]


def benchmark(quick: bool) -> ColdStart:
    """Run all commands in turns."""
    functions = {name: partial(_run, command) for name, command in COMMANDS.items()}
    return ColdStart(summarise_all(in_turns(functions, 1 if quick else 15, warm_up=0 if quick else 2)))


def _run(command: tuple[str, ...]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def start_table(measured: ColdStart) -> str:
    """One row a command: the median over its starts, quartiles behind it."""
    rows = [
        (name, f"{summary.median:.2f} ({summary.lower_quartile:.2f} to {summary.upper_quartile:.2f})")
        for name, summary in measured.seconds.items()
    ]
    return markdown(("command", "seconds"), rows)
