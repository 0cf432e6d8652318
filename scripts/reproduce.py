"""Tables and figures of papers from the results that are there: published beside ours, and whether that is the same.

    python scripts/reproduce.py                            all
    python scripts/reproduce.py shvq-table1 ltc            some
    python scripts/reproduce.py shvq-table1 --runs outputs                      of your own runs
    python scripts/reproduce.py shvq-table1 --runs outputs --results results    and keep their results here

Tables go to RESULTS/reproduction as Markdown, CSV and LaTeX (booktabs). Nothing is trained: what is missing is named,
with the commands that make it, and its lines in the tables stay empty. The exit code is 0 then too; it is 2 if
something is wrong, an unknown name or a damaged file.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from compressible.reports.reproduction.catalogue import TARGETS
from compressible.reports.reproduction.finished_runs import find_runs
from compressible.reports.reproduction.target import Target
from compressible.reports.reproduction.writing import Places, commands_for, pages_of, state, write_targets

TOP = Path(__file__).resolve().parents[1]
RESULTS = TOP / "results"
DOCS = TOP / "docs"
IMAGES = DOCS / "images"


def target_named(name: str) -> Target:
    """The target that the command line names."""
    for target in TARGETS:
        if target.name == name:
            return target
    known = ", ".join(target.name for target in TARGETS)
    raise argparse.ArgumentTypeError(f"there is no table '{name}'; there are {known}")


def places_of(results: Path) -> Places:
    """Those of this project's results have pages; all else stays in its own folder."""
    if results.resolve() == RESULTS.resolve():
        return Places(results, "results", IMAGES, pages_of(DOCS))
    return Places(results, str(results), results / "reproduction", ())


def collect(chosen: Sequence[Target], folders: Sequence[Path], results: Path) -> None:
    """Write what finished runs measured to the results."""
    found = find_runs(folders)
    for reason in found.left_out:
        print(f"left out: {reason}")
    results.mkdir(parents=True, exist_ok=True)
    counts = {how: how(found.runs, results) for how in dict.fromkeys(target.collect for target in chosen)}
    for target in chosen:
        print(f"{target.name}: {counts[target.collect]} runs")


def reproduce(chosen: Sequence[Target], places: Places) -> None:
    """Write all tables, and say what is missing."""
    for target, made in write_targets(chosen, places).items():
        print(f"{target.name}: {state(made)}, in {places.tables / target.name}.md")
        for line in commands_for(target, made, places.called) if made.missing else ():
            print(f"    {line}")


class Help(argparse.Action):
    """Prints what can be reproduced, and how much of it is there."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and end."""
        states = {target: state(target.read(RESULTS)) for target in TARGETS}
        width = max(len(target.name) for target in TARGETS)
        lines = [f"  {target.name:{width}}  {target.title} ({state})" for target, state in states.items()]
        parser.epilog = "\n".join(("tables, and what of them is in results/:", *lines))
        parser.print_help()
        parser.exit()


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False
    )
    parser.add_argument("-h", "--help", action=Help, nargs=0, help="show this, and how much is there")
    parser.add_argument("tables", nargs="*", type=target_named, metavar="TABLE", help="what to reproduce (all)")
    parser.add_argument("--runs", type=Path, nargs="+", metavar="FOLDER", help="take finished runs in these folders")
    parser.add_argument(
        "--results",
        type=Path,
        metavar="FOLDER",
        help="of JSON files: read, and with --runs written first (results; with --runs, results in its first folder)",
    )
    arguments = parser.parse_args(argv)
    chosen = tuple(dict.fromkeys(arguments.tables)) or TARGETS
    results = arguments.results or (arguments.runs[0] / "results" if arguments.runs else RESULTS)
    try:
        if arguments.runs:
            collect(chosen, arguments.runs, results)
        elif not results.is_dir():
            parser.error(f"there is no folder {results}")
        reproduce(chosen, places_of(results))
    except (OSError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
