"""From targets to files: tables as Markdown, CSV and LaTeX, figures, and the pages that have them."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from compressible.atomic import write_bytes_atomic
from compressible.reports.markers import fill, marked
from compressible.reports.rd_plot import write_figure
from compressible.reports.reproduction.catalogue import TARGETS
from compressible.reports.reproduction.rendering import as_csv, as_latex, as_markdown
from compressible.reports.reproduction.target import Reproduction, Target
from compressible.reports.tables import markdown
from compressible.reports.verdict import Verdict

OVERVIEW = "reproduction"
"""Name of the table of all targets, on a page."""


@dataclass(frozen=True)
class Places:
    """Where things are.

    Attributes:
        results: folder of the JSON files; tables go to ``reproduction`` in it.
        called: what that folder is called in commands.
        images: folder of the figures.
        pages: with marked places for targets, and for the table of all.
    """

    results: Path
    called: str
    images: Path
    pages: tuple[Path, ...]

    @property
    def tables(self) -> Path:
        """Folder of the tables."""
        return self.results / "reproduction"


def pages_of(docs: Path) -> tuple[Path, ...]:
    """The pages of the documentation with marked places: one for the table of all targets, and one a paper."""
    return (docs / "reproduction.md", *sorted((docs / "papers").glob("*.md")))


def write_targets(chosen: Sequence[Target], places: Places) -> dict[Target, Reproduction]:
    """Write all files of these targets and their places on the pages, and return what they are made of.

    Raises:
        SchemaError: a file of results is not what it should be.
        ValueError: what files say does not go together.
    """
    made = {target: target.read(places.results) for target in chosen}
    for target, own in made.items():
        _write(target, own, places)
    for page in places.pages:
        text = page.read_text(encoding="utf-8")
        write_bytes_atomic(page, fill(text, _tables(marked(text), made, places, page.parent)).encode())
    return made


def _tables(names: Sequence[str], made: Mapping[Target, Reproduction], places: Places, folder: Path) -> dict[str, str]:
    """What stands in those of the marked places of a page in ``folder`` that are to be written."""
    tables = {target.name: section(target, own, places, folder) for target, own in made.items() if target.name in names}
    if OVERVIEW in names:
        tables[OVERVIEW] = overview({target: made.get(target) or target.read(places.results) for target in TARGETS})
    return tables


def _write(target: Target, made: Reproduction, places: Places) -> None:
    for folder in (places.tables, places.images):
        folder.mkdir(parents=True, exist_ok=True)
    texts = {f"{target.name}.md": section(target, made, places, places.tables)}
    for comparison in made.comparisons:
        texts |= {f"{comparison.name}.csv": as_csv(comparison), f"{comparison.name}.tex": as_latex(comparison)}
    for name, text in texts.items():
        write_bytes_atomic(places.tables / name, text.encode())
    for name, draw in made.figures.items():
        write_figure(places.images / name, draw())


def section(target: Target, made: Reproduction, places: Places, folder: Path) -> str:
    """What a page in ``folder`` says of a target: tables, figures, then what is missing and how to make it."""
    images = Path(os.path.relpath(places.images, folder))
    parts = [as_markdown(comparison) for comparison in made.comparisons]
    parts += [f"![{target.title}]({(images / name).as_posix()}.png)\n" for name in made.figures]
    if made.missing:
        names = ", ".join(part.name for part in made.missing)
        commands = "\n".join(commands_for(target, made, places.called))
        parts.append(f"Missing: {names}.\n\n```console\n{commands}\n```\n")
    return "\n".join(parts)


def commands_for(target: Target, made: Reproduction, results: str) -> list[str]:
    """What makes all that is missing, one by one; if nothing is there, first what makes most of it."""
    one_by_one = [f"$ {part.command.replace('{results}', results)}" for part in made.missing]
    if not target.sweeps or _there(made):
        return one_by_one
    return [*(f"$ {command}" for command in target.sweeps), "# what these leave out, or one by one", *one_by_one]


def overview(made: Mapping[Target, Reproduction]) -> str:
    """A row a target: how many of its lines have which verdict."""
    rows: list[tuple[str, ...]] = []
    for target, own in made.items():
        counts = Counter(own.verdicts)
        rows.append((f"`{target.name}`", target.title, *(str(counts[verdict]) for verdict in Verdict)))
    return markdown(("table", "of", *Verdict), rows)


def state(made: Reproduction) -> str:
    """How much is there, in a few words."""
    there = _there(made)
    if not there:
        return "no runs"
    return f"{there} of {len(made.verdicts)} lines" if made.missing else "complete"


def _there(made: Reproduction) -> int:
    """Lines that there are runs of."""
    return sum(verdict is not Verdict.MISSING for verdict in made.verdicts)
