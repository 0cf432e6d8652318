"""What to know of a run beside its curves: how it was made, what came of it, and its whole configuration."""

from pathlib import Path

from compressible.reports import evaluation
from compressible.reports.page.model import Fact, RunCard, Standing, Table
from compressible.reports.page.rate_distortion import Source
from compressible.reports.reproduction.provenance import commits, environments
from compressible.reports.schema import load, read_json
from compressible.reports.training_record import TrainingRecord
from compressible.run_files import EVALUATION, RECORD, SETTINGS, TABLES


def read_card(folder: Path, name: str, run: str, standing: Standing | None) -> RunCard:
    """Of a run's folder.

    Args:
        folder: of the run.
        name: unique among the runs.
        run: for ``RunCard.id``.
        standing: None if the run says nothing of it: then it has ended if it left a record.

    Raises:
        SchemaError: if its record cannot be read.
        OSError: if another of its files cannot be.
    """
    tables = folder / TABLES
    return RunCard(
        id=run,
        name=name,
        standing=standing or Standing("done" if (folder / RECORD).exists() else "not finished"),
        facts=(Fact("folder", str(folder)), *_facts(folder)),
        evaluation=Table("Final evaluation", _text(tables)) if tables.exists() else None,
        config=_text(folder / SETTINGS),
    )


def read_evaluation(folder: Path, name: str, run: str) -> Source | None:
    """The run's rate-distortion points; None if it has not been evaluated, or by something else.

    Raises:
        SchemaError: if that cannot be read.
    """
    path = folder / EVALUATION
    match read_json(path) if path.exists() else None:
        case {"schema": evaluation.SCHEMA}:
            return Source(name, evaluation.load_evaluation(path), run)
        case _:
            return None


def _facts(folder: Path) -> tuple[Fact, ...]:
    """From the training record, which a run writes when it has ended."""
    path = folder / RECORD
    if not path.exists():
        return ()
    record = load(path, TrainingRecord)
    minutes = None if record.wall_seconds is None else f"{record.wall_seconds / 60:.0f}"
    metrics = record.held_out_metrics.items()
    held_out = ", ".join(f"{name} {'not finite' if value is None else f'{value:.5g}'}" for name, value in metrics)
    facts = (
        Fact("command", record.environment.command),
        Fact("commit", ", ".join(commits(environments(record)))),
        Fact("date", record.environment.date),
        Fact("machine", f"{record.environment.cores} cores of {record.environment.cpu}"),
        Fact("data", f"{record.data.name}, SHA-256 {record.data.sha256[:16]}"),
        Fact("seed", str(record.seed)),
        Fact("steps", f"{record.steps:,}"),
        Fact("minutes in training", minutes or ""),
        Fact("started from", record.started_from or ""),
        Fact("last validation", held_out),
        Fact("bytes of the outcome", f"{record.bytes:,}"),
    )
    return tuple(fact for fact in facts if fact.value)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
