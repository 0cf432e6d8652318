"""Gather binary networks on pixels and codes of MNIST: results/bnn_mnist.json, and the runs' records.

    python scripts/bnn_mnist.py outputs/bnn_mnist/*

The runs are those of the sweep in configs/experiment/bnn_mnist.yaml, one an arm with all its seeds.
"""

import argparse
from pathlib import Path

from compressible.reports.binary_net_table import accuracy_table, goal_sentence, read_entries, sizes_table
from compressible.reports.schema import save
from compressible.reports.training_record import keep_record

RESULTS = Path(__file__).resolve().parents[1] / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs")
    # A sweep leaves a file beside its runs.
    runs = [run for run in parser.parse_args().runs if not run.is_file()]
    if not runs:
        parser.error("no folder of a run is named")
    try:
        entries = read_entries(runs)
    except ValueError as error:
        parser.error(str(error))
    for run, entry in zip(runs, entries, strict=True):
        keep_record(run, RESULTS / "training" / "bnn_mnist", entry.arm)
    save(RESULTS / "bnn_mnist.json", entries)
    print(accuracy_table(entries), sizes_table(entries), goal_sentence(entries), sep="\n")


if __name__ == "__main__":
    main()
