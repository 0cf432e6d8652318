"""Tables and figures of papers from the results that are there: published beside ours, and whether that is the same.

    python scripts/reproduce.py                            all
    python scripts/reproduce.py shvq-table1 ltc            some
    python scripts/reproduce.py shvq-table1 --runs outputs                      of your own runs
    python scripts/reproduce.py shvq-table1 --runs outputs --results results    and keep their results here

Tables go to RESULTS/reproduction as Markdown, CSV and LaTeX (booktabs). Nothing is trained: what is missing is named,
with the commands that make it, and its lines in the tables stay empty. The exit code is 0 then too; it is 2 if
something is wrong, an unknown name or a damaged file. Runs that do not go together are told, and all other tables made.
"""

import argparse
import sys
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


def collect(chosen: Sequence[Target], folders: Sequence[Path], results: Path) -> tuple[Target, ...]:
    """Write what finished runs measured to the results; returns the targets of which that was possible."""
    found = find_runs(folders)
    for reason in found.left_out:
        print(f"left out: {reason}")
    results.mkdir(parents=True, exist_ok=True)
    gathered: list[Target] = []
    for how in dict.fromkeys(target.collect for target in chosen):
        own = [target for target in chosen if target.collect is how]
        try:
            count = how(found.runs, results)
        except ValueError as error:
            names = ", ".join(target.name for target in own)
            print(f"{names}: {error}; name the folders of the runs that count with --runs", file=sys.stderr)
            continue
        gathered += own
        for target in own:
            print(f"{target.name}: {count} runs")
    return tuple(gathered)


def reproduce(chosen: Sequence[Target], places: Places) -> None:
    """Write all tables, and say what is missing."""
    for target, made in write_targets(chosen, places).items():
        print(f"{target.name}: {state(made)}, in {places.tables / target.name}.md")
        for line in commands_for(target, made, places.called) if made.missing else ():
            print(f"    {line}")


def known(results: Path) -> str:
    """What can be reproduced, and how much of it is there."""
    width = max(len(target.name) for target in TARGETS)
    lines = [f"  {target.name:{width}}  {target.title} ({state_in(results, target)})" for target in TARGETS]
    return "\n".join((f"tables, and what of them is in {places_of(results).called}:", *lines))


def state_in(results: Path, target: Target) -> str:
    """How much of a target is there, or what is wrong with that."""
    try:
        return state(target.read(results))
    except ValueError as error:
        return str(error)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False
    )
    parser.add_argument("-h", "--help", action="store_true", help="show this, and how much is there")
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
    if arguments.help:
        parser.epilog = known(results)
        parser.print_help()
        return
    try:
        if not arguments.runs and not results.is_dir():
            parser.error(f"there is no folder {results}")
        gathered = collect(chosen, arguments.runs, results) if arguments.runs else chosen
        reproduce(gathered, places_of(results))
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if len(gathered) < len(chosen):
        parser.exit(2)


if __name__ == "__main__":
    main()
