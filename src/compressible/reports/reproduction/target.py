"""What is to be reproduced, and how far it is."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compressible.reports.environment import Environment
from compressible.reports.reproduction.comparison import Comparison, Origin
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.provenance import commits, trained
from compressible.reports.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 12
"""Digits of a commit."""


@dataclass(frozen=True)
class Part:
    """Something that a table needs.

    Attributes:
        name: what it is.
        command: that makes it.
    """

    name: str
    command: str


@dataclass(frozen=True)
class Reproduction:
    """A target as a folder of results has it.

    Attributes:
        comparisons: its tables; lines without runs say so.
        missing: parts that are not there.
        figures: those that can be drawn, by the names of their files.
    """

    comparisons: tuple[Comparison, ...]
    missing: tuple[Part, ...]
    figures: Mapping[str, "Callable[[], Figure]"]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Of all lines of all tables."""
        return tuple(line.verdict for comparison in self.comparisons for line in comparison.lines)


@dataclass(frozen=True)
class Target:
    """Tables and figures of a paper that are made together.

    Attributes:
        name: what it is called on the command line.
        title: paper, table or figure, and what it is about.
        sweeps: commands that make most of its parts.
        read: makes its tables and figures of a folder of results. Raises ``SchemaError`` or ``ValueError`` if a file
            there is not what it should be.
        collect: writes what ``read`` reads, of those finished runs that belong to it, into a folder of results, and
            returns how many these are. Raises ``SchemaError`` or ``ValueError`` if they do not go together.
    """

    name: str
    title: str
    sweeps: tuple[str, ...]
    read: Callable[[Path], Reproduction]
    collect: Callable[[Sequence[FinishedRun], Path], int]


def origin(file: str, environments: Iterable[Environment]) -> Origin:
    """Of figures of models that were trained and measured there."""
    return origin_of_commits(file, commits(environments))


def origin_of_models(file: str, kept: Path, measured: Sequence[tuple[str, Environment]]) -> Origin:
    """Of figures of models, by their hashes, that were measured there; ``kept`` has records of trainings."""
    models = {model for model, _ in measured}
    training = trained(kept, lambda record: record.model in models)
    return origin(file, (*training, *(environment for _, environment in measured)))


def origin_of_commits(file: str, commits: Iterable[str | None]) -> Origin:
    """Each commit once, in its short form, with what it says of changes."""
    short = [re.sub(rf"^([0-9a-f]{{{SHOWN}}})[0-9a-f]*", r"\1", commit) for commit in commits if commit]
    return Origin(file, tuple(dict.fromkeys(short)))
