"""DQ, table 2: codebooks of slices of the channels against codebooks of runs of positions, for a frozen network.

Fostiropoulos & Boehm 2022, section 5.1. Neither the norm of its error nor the unit of its entropy is stated.
"""

from collections.abc import Iterator, Sequence
from math import log
from pathlib import Path

from compressible.reports.paired import change
from compressible.reports.reproduction.comparison import Comparison, Line, Measured, Quantity, measured
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.target import Part, Reproduction, Target, origin_of_commits
from compressible.reports.schema import load, save
from compressible.reports.static_prior import SCHEMA
from compressible.reports.static_prior_table import LABELS, PUBLISHED, Entry, read_entries
from compressible.reports.static_prior_table import Published as Row
from compressible.reports.verdict import Better

FILE = "static_prior.json"
TRAIN = "python train.py experiment=static_prior init_from=outputs/original/last.ckpt"
ERROR = Quantity("error (ours over the variance)", ".3f", Better.LOWER)
ENTROPY = Quantity("entropy, nats", ".2f", Better.HIGHER)
ERROR_CHANGE = Quantity("change of the error, %", "+.1f", Better.NEITHER)
ENTROPY_CHANGE = Quantity("change of the entropy, %", "+.1f", Better.NEITHER)
RULES = (
    "Figures of other features and of a norm that is not stated are not judged.",
    "A change is reproduced if it is at least the published one, and partly if it has its sign.",
)
DIFFERED = (
    "Features are those of a ResNet-32 on CIFAR-10, in as many slices as its maps have rows; the paper's of a VGG-16 "
    "on ImageNet.",
    "Codes follow means of the vectors that choose them and are revived seldom, so that they settle; how the paper's "
    "were trained is not stated.",
)


def read(results: Path) -> Reproduction:
    """From the gathered runs, if they are there."""
    path = results / FILE
    entries = load(path, tuple[Entry, ...]) if path.exists() else ()
    comparison = Comparison(
        "dq-table2",
        "DQ (Fostiropoulos & Boehm 2022), table 2: codebooks for the features of a frozen network",
        (*_figures(entries), *_changes(entries)),
        RULES,
        DIFFERED,
        (origin_of_commits(FILE, [entry.commit for entry in entries]),) if entries else (),
    )
    missing = [
        Part(_label(row), f"{TRAIN} partition.axis={row.axis} quantizer.codes={row.codes}")
        for row in PUBLISHED
        if not _of(entries, row)
    ]
    return Reproduction((comparison,), tuple(missing), {})


def collect(runs: Sequence[FinishedRun], results: Path) -> int:
    """All runs of the test set. Raises what ``read_entries`` does."""
    own = [run.folder for run in runs if run.schema == SCHEMA and not run.held_out]
    if own:
        save(results / FILE, read_entries(own))
    return len(own)


def _figures(entries: Sequence[Entry]) -> Iterator[Line]:
    for row in PUBLISHED:
        own = _of(entries, row)
        yield ERROR.line(_label(row), row.error, measured([entry.relative_error for entry in own]))
        yield ENTROPY.line(_label(row), row.entropy, measured([log(2) * entry.entropy_bits for entry in own]))


def _changes(entries: Sequence[Entry]) -> Iterator[Line]:
    rows = {(row.axis, row.codes): row for row in PUBLISHED}
    sizes = small, large = sorted({row.codes for row in PUBLISHED})
    pairs = [
        *((f"K = {codes}, channels against positions", ("channel", codes), ("space", codes)) for codes in sizes),
        *((f"{LABELS[axis]}, K = {large} against {small}", (axis, large), (axis, small)) for axis in LABELS),
    ]
    for subject, ours, theirs in pairs:
        own, other = rows[ours], rows[theirs]
        errors = [{entry.seed: entry.error for entry in _of(entries, row)} for row in (own, other)]
        entropies = [{entry.seed: entry.entropy_bits for entry in _of(entries, row)} for row in (own, other)]
        yield ERROR_CHANGE.change(subject, 100 * (own.error / other.error - 1), _percent(*errors))
        yield ENTROPY_CHANGE.change(subject, 100 * (own.entropy / other.entropy - 1), _percent(*entropies))


def _percent(ours: dict[int, float], theirs: dict[int, float]) -> Measured | None:
    found = change(ours, theirs)
    if found is None:
        return None
    return Measured(100 * found.mean, None if found.half_width is None else 100 * found.half_width, found.seeds)


def _of(entries: Sequence[Entry], row: Row) -> list[Entry]:
    return [entry for entry in entries if (entry.axis, entry.codes) == (row.axis, row.codes)]


def _label(row: Row) -> str:
    return f"{LABELS[row.axis]}, K = {row.codes}"


TARGET = Target(
    "dq-table2",
    "DQ, table 2: slices of channels against runs of positions",
    ("compressible sweep static_prior",),
    read,
    collect,
)
