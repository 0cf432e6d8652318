"""Gather Table 1 of SHVQ from finished runs: results/table1.json, and their records under results/training/table1.

    python scripts/table1.py --original outputs/original outputs/pruned outputs/kmeans ... outputs/soft_to_hard-*

A run's name, without a seed at its end (soft_to_hard-2), is that of its row; soft_to_hard is both rows, as Huffman and
as arithmetic code of the same symbols.
"""

import argparse
from pathlib import Path

from compressible.reports.network_runs import read_entries
from compressible.reports.network_table import table
from compressible.reports.schema import save
from compressible.reports.training_record import keep_record

RESULTS = Path(__file__).resolve().parents[1] / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--original", type=Path, required=True, help="folder of the run that trained the original")
    parser.add_argument("runs", type=Path, nargs="+", help="folders of the runs that compressed it")
    arguments = parser.parse_args()
    try:
        entries = read_entries(arguments.original, arguments.runs)
    except ValueError as error:
        parser.error(str(error))
    for run in (arguments.original, *arguments.runs):
        keep_record(run, RESULTS / "training" / "table1")
    save(RESULTS / "table1.json", entries)
    print(table(entries))


if __name__ == "__main__":
    main()
