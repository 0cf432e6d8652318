"""Gather short runs of network compression on held-out images: results/network_choices.json.

    python scripts/network_choices.py "soft value forward=outputs/dev_soft" "hard value forward=outputs/dev_hard"

The runs are those with outcome.split=held_out; what stands before the = is what the table says was tried.
"""

import argparse
from pathlib import Path

from compressible.reports.network_choices import choices_table, read_choice
from compressible.reports.schema import SchemaError, save

RESULTS = Path(__file__).resolve().parents[1] / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="LABEL=FOLDER", help="folders of runs, with what was tried in them")
    pairs = [entry.rpartition("=") for entry in parser.parse_args().runs]
    try:
        choices = [read_choice(label, Path(run)) for label, _, run in pairs]
    except (SchemaError, ValueError) as error:
        parser.error(str(error))
    save(RESULTS / "network_choices.json", choices)
    print(choices_table(choices))


if __name__ == "__main__":
    main()
