"""Gather Table 1 of SHVQ from finished runs: results/table1.json, and their records under results/training/table1.

    python scripts/table1.py --original outputs/original outputs/pruned outputs/kmeans ... outputs/soft_to_hard-*

A run's name, without a seed at its end (soft_to_hard-2), is that of its row; soft_to_hard is both rows, as Huffman and
as arithmetic code of the same symbols.
"""

import argparse
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from compressible.reports.network_accuracy import Accuracy, CompressedAccuracy
from compressible.reports.network_table import EVALUATION, METHODS, Entry, compressed_entry, original_entry, table
from compressible.reports.schema import load, save
from compressible.reports.training_record import TrainingRecord

RESULTS = Path(__file__).resolve().parents[1] / "results"
BOTH = {"soft_to_hard": ("soft_to_hard_huffman", "soft_to_hard")}


def keep_record(run: Path) -> TrainingRecord:
    """Copy a run's record to the results, and read it."""
    record = load(run / "training.json", TrainingRecord)
    target = RESULTS / "training" / "table1" / f"{record.name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run / "training.json", target)
    return record


def gather(original_run: Path, runs: Sequence[Path]) -> list[Entry]:
    """The rows of the table, in its order.

    Raises:
        ValueError: a run is not readable, is of no row, or was evaluated on other images than the original.
    """
    original = load(original_run / EVALUATION, Accuracy)
    methods = {method.row: method for method in METHODS}
    entries: list[Entry] = []
    evaluations = [load(run / EVALUATION, CompressedAccuracy) for run in runs]
    for run, evaluation in zip(runs, evaluations, strict=True):
        record = keep_record(run)
        row = re.sub(r"-\d+$", "", record.name)
        if row not in methods:
            raise ValueError(f"{run}: there is no row {row}; rows are {', '.join(methods)}")
        entries += [compressed_entry(methods[r], evaluation, record.seed, original) for r in BOTH.get(row, (row,))]
    first = original_entry(original, keep_record(original_run).seed, evaluations[0].parameters)
    order = list(methods)
    return [first, *sorted(entries, key=lambda entry: (order.index(entry.row), entry.seed))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--original", type=Path, required=True, help="folder of the run that trained the original")
    parser.add_argument("runs", type=Path, nargs="+", help="folders of the runs that compressed it")
    arguments = parser.parse_args()
    try:
        entries = gather(arguments.original, arguments.runs)
    except ValueError as error:
        parser.error(str(error))
    save(RESULTS / "table1.json", entries)
    print(table(entries))


if __name__ == "__main__":
    main()
