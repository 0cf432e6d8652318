"""Gather autoencoders from finished runs: a JSON under results/, and the runs' records under results/training/dqae.

    python scripts/dqae.py outputs/dq outputs/dq-1 outputs/vq_copies ...             results/dqae.json
    python scripts/dqae.py --results dqae_ablation outputs/K*-D*/*                   results/dqae_ablation.json
    python scripts/dqae.py --results dqae_levels outputs/dq_levels                   results/dqae_levels.json
    python scripts/dqae.py --codes outputs/dq outputs/vq_copies                      results/dqae_codes.json

A run's name, without a seed at its end (dq-2), is that of its row.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from compressible.reports.autoencoding_levels import levels_table
from compressible.reports.autoencoding_rivals import rivals_table
from compressible.reports.autoencoding_table import autoencoding_table, read_entries
from compressible.reports.code_maps import read_code_maps
from compressible.reports.schema import load, save
from compressible.reports.training_record import TrainingRecord

RESULTS = Path(__file__).resolve().parents[1] / "results"


def name_of(run: Path) -> str:
    """The name of a finished run."""
    return load(run / "training.json", TrainingRecord).name


def write_entries(name: str, runs: Sequence[Path]) -> None:
    """What the runs measured, and copies of their records."""
    entries = read_entries(runs)
    records = RESULTS / "training" / "dqae"
    records.mkdir(parents=True, exist_ok=True)
    for run, entry in zip(runs, entries, strict=True):
        shutil.copyfile(run / "training.json", records / f"{entry.row}-{entry.seed}.json")
    save(RESULTS / f"{name}.json", entries)
    print(autoencoding_table(entries), rivals_table(entries), levels_table(entries), sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="*", help="folders of finished runs, for a table")
    parser.add_argument("--results", default="dqae", metavar="NAME", help="of the table's JSON file (dqae)")
    parser.add_argument("--codes", type=Path, nargs="+", help="folders of finished runs, for maps of their codes")
    arguments = parser.parse_args()
    if not (arguments.runs or arguments.codes):
        parser.error("name the folders of finished runs")
    try:
        if arguments.runs:
            write_entries(arguments.results, arguments.runs)
        if arguments.codes:
            maps = [level for run in arguments.codes for level in read_code_maps(name_of(run), run)]
            save(RESULTS / "dqae_codes.json", maps)
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
