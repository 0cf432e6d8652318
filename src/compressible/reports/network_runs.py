"""Table 1 of SHVQ from the folders of finished runs."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from compressible.reports.network_accuracy import Accuracy, CompressedAccuracy
from compressible.reports.network_table import METHODS, Entry, compressed_entry, original_entry
from compressible.reports.schema import load
from compressible.reports.training_record import TrainingRecord, without_number
from compressible.run_files import EVALUATION, RECORD

BOTH = {"soft_to_hard": ("soft_to_hard_huffman", "soft_to_hard")}
"""Runs that are several rows: the same symbols with different coders."""


def rows_of(run: str) -> tuple[str, ...]:
    """The rows that a run of this name is: the name without a seed at its end, if it is that of one; or none."""
    name = without_number(run)
    known = {method.row for method in METHODS}
    return BOTH.get(name, (name,) if name in known else ())


def read_entries(original_run: Path, runs: Sequence[Path]) -> list[Entry]:
    """The rows of the table, in its order.

    Raises:
        ValueError: a run is not readable, is of no row, is there twice, or was evaluated on other images than the
            original.
    """
    original = load(original_run / EVALUATION, Accuracy)
    methods = {method.row: method for method in METHODS}
    evaluations = [load(run / EVALUATION, CompressedAccuracy) for run in runs]
    entries: list[Entry] = []
    for run, evaluation in zip(runs, evaluations, strict=True):
        record = load(run / RECORD, TrainingRecord)
        rows = rows_of(record.name)
        if not rows:
            raise ValueError(f"{run}: there is no row {record.name}; rows are {', '.join(methods)}")
        try:
            entries += [compressed_entry(methods[row], evaluation, record.seed, original) for row in rows]
        except ValueError as error:
            raise ValueError(f"{run}: {error}") from error
    seeds = [(entry.row, entry.seed) for entry in entries]
    if twice := sorted({seed for seed in seeds if seeds.count(seed) > 1}):
        raise ValueError(f"there are several runs of {', '.join(f'{row} with seed {seed}' for row, seed in twice)}")
    seed = load(original_run / RECORD, TrainingRecord).seed
    return ordered([original_entry(original, seed, evaluations[0].parameters), *entries])


def ordered(entries: Iterable[Entry]) -> list[Entry]:
    """In the table's order, seeds of a row ascending."""
    order = [method.row for method in METHODS]
    return sorted(entries, key=lambda entry: (order.index(entry.row), entry.seed))
