"""Gather the runs of the static prior: results/static_prior.json.

    python scripts/static_prior.py outputs/static_prior/*/

The runs are those of the sweep in configs/sweep/static_prior.yaml.
"""

import argparse
from pathlib import Path

from compressible.reports.schema import save
from compressible.reports.static_prior_table import features_sentence, read_entries, table

RESULTS = Path(__file__).resolve().parents[1] / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs")
    try:
        entries = read_entries(parser.parse_args().runs)
    except ValueError as error:
        parser.error(str(error))
    save(RESULTS / "static_prior.json", entries)
    print(features_sentence(entries), table(entries), sep="\n\n")


if __name__ == "__main__":
    main()
