"""All parts of a page, from the files and folders they come from."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from compressible import __version__
from compressible.reports.environment import Environment
from compressible.reports.page.code_charts import code_charts
from compressible.reports.page.logs import Log, read_log
from compressible.reports.page.model import Fact, Page, RunCard, Standing, Table
from compressible.reports.page.rate_distortion import Source, compare
from compressible.reports.page.result_files import read_result
from compressible.reports.page.run_cards import read_card, read_evaluation
from compressible.reports.page.sources import Sources
from compressible.reports.page.training_charts import other_charts, training_charts


@dataclass(frozen=True)
class Run:
    """All of a run's folder.

    Attributes:
        card: how it was made.
        log: what it logged.
        evaluation: rate-distortion points, None if it has none.
    """

    card: RunCard
    log: Log
    evaluation: Source | None


def assemble(title: str, sources: Sources, standing: Callable[[Path], Standing | None]) -> Page:
    """Read everything; pictures are added by whoever has them coded.

    Args:
        title: of the page.
        sources: what to read; a run of which something cannot be read is left out.
        standing: of the run in a folder, None if it says nothing of it.

    Raises:
        SchemaError: if a result file cannot be read; the message names it.
        ValueError: if what files say does not go together.
    """
    results = [(path, read_result(path)) for path in sources.results]
    found = list(_read_runs(sources, standing))
    runs = [run for run in found if isinstance(run, Run)]
    contents = [content for _, content in results]
    evaluations = [one for one in (*contents, *(run.evaluation for run in runs)) if isinstance(one, Source)]
    logs = [*(run.log for run in runs), *(content for content in contents if isinstance(content, Log))]
    unshown = (path for path, content in results if content is None)
    return Page(
        title=title,
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, compressible {__version__}",
        comparisons=compare(evaluations),
        tables=_told_apart([content for content in contents if isinstance(content, Table)]),
        training=training_charts(logs),
        logged=other_charts(logs),
        codes=code_charts(logs),
        runs=tuple(run.card for run in runs),
        sources=_facts(evaluations),
        left_out=(
            *(Fact(str(path), "of no kind that is shown, or of another version") for path in unshown),
            *(run for run in found if isinstance(run, Fact)),
        ),
    )


def _read_runs(sources: Sources, standing: Callable[[Path], Standing | None]) -> Iterator[Run | Fact]:
    """Each run, or what is wrong with it: it may be of another version, or under way and changing its files."""
    for i, (folder, name) in enumerate(zip(sources.runs, sources.run_names(), strict=True)):
        own = (folder, name, f"run-{i}")
        try:
            yield Run(read_card(*own, standing(folder)), read_log(*own), read_evaluation(*own))
        except (OSError, ValueError) as error:
            yield Fact(str(folder), str(error))


def _told_apart(tables: Sequence[Table]) -> tuple[Table, ...]:
    """Those of one title have their files' names as well."""
    titles = Counter(table.title for table in tables)
    return tuple(
        replace(table, title=f"{table.title}: {Path(table.note).stem}") if titles[table.title] > 1 else table
        for table in tables
    )


def _facts(evaluations: Sequence[Source]) -> tuple[Fact, ...]:
    return tuple(Fact(source.name, _origin(source.evaluation.environment)) for source in evaluations)


def _origin(environment: Environment) -> str:
    parts = (environment.command, f"commit {environment.commit}" if environment.commit else "", environment.date)
    return ", ".join(part for part in parts if part)
