"""All parts of a page, from the files and folders they come from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from compressible import __version__
from compressible.reports.environment import Environment
from compressible.reports.page.code_charts import code_charts
from compressible.reports.page.logs import Log, read_log
from compressible.reports.page.model import Fact, Page, Standing, Table
from compressible.reports.page.rate_distortion import Source, compare
from compressible.reports.page.result_files import read_result
from compressible.reports.page.run_cards import read_card, read_evaluation
from compressible.reports.page.sources import Sources
from compressible.reports.page.training_charts import other_charts, training_charts


def assemble(title: str, sources: Sources, standings: Sequence[Standing | None]) -> Page:
    """Read everything; pictures are added by whoever has them coded.

    Args:
        title: of the page.
        sources: what to read.
        standings: of the runs in ``sources``, None of one that says nothing of it.

    Raises:
        SchemaError: if a file cannot be read; the message names it.
        ValueError: if what files say does not go together.
    """
    results = [(path, read_result(path)) for path in sources.results]
    runs = [
        (folder, name, f"run-{i}")
        for i, (folder, name) in enumerate(zip(sources.runs, sources.run_names(), strict=True))
    ]
    own = [read_evaluation(*run) for run in runs]
    evaluations = [one for one in (*(content for _, content in results), *own) if isinstance(one, Source)]
    logs = [*(read_log(*run) for run in runs), *(content for _, content in results if isinstance(content, Log))]
    return Page(
        title=title,
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, compressible {__version__}",
        comparisons=compare(evaluations),
        tables=_told_apart([content for _, content in results if isinstance(content, Table)]),
        training=training_charts(logs),
        logged=other_charts(logs),
        codes=code_charts(logs),
        runs=tuple(read_card(*run, standing) for run, standing in zip(runs, standings, strict=True)),
        sources=_facts(evaluations),
        left_out=tuple(
            Fact(str(path), "of no kind that is shown, or of another version")
            for path, content in results
            if content is None
        ),
    )


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
