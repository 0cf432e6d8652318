"""Finished runs among the folders that a user names, and what kind of result each has."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compressible.reports.environment import Environment
from compressible.reports.reproduction.provenance import environments
from compressible.reports.schema import SchemaError, load, read_json
from compressible.reports.training_record import TrainingRecord, without_number
from compressible.run_files import EVALUATION, RECORD


@dataclass(frozen=True)
class FinishedRun:
    """A folder with an evaluation.

    Attributes:
        folder: of the run.
        schema: what the evaluation says it is.
        held_out: whether it was measured where choices are made.
        name: of the run; that of its folder if it left no record.
        seed: of the run; 0 if it left no record.
        started_from: checkpoint of another run, or None.
        trained: environments of all processes that trained it; none if it left no record.
    """

    folder: Path
    schema: str
    held_out: bool
    name: str
    seed: int
    started_from: str | None
    trained: tuple[Environment, ...]

    @property
    def row(self) -> str:
        """The name without a seed at its end."""
        return without_number(self.name)


@dataclass(frozen=True)
class Found:
    """What there is in folders.

    Attributes:
        runs: by their paths.
        left_out: of runs of other versions, and of those that are damaged, what is wrong with them.
    """

    runs: tuple[FinishedRun, ...]
    left_out: tuple[str, ...]


def find_runs(folders: Sequence[Path]) -> Found:
    """All runs in these folders, at any depth. Raises ``ValueError`` if a folder does not exist."""
    for folder in folders:
        if not folder.is_dir():
            raise ValueError(f"there is no folder {folder}")
    paths = {path.resolve(): path for folder in folders for path in folder.rglob(EVALUATION)}
    runs: list[FinishedRun] = []
    left_out: list[str] = []
    for path in sorted(paths.values()):
        try:
            runs.append(_read(path))
        except SchemaError as error:
            left_out.append(str(error))
    return Found(tuple(runs), tuple(left_out))


def _read(path: Path) -> FinishedRun:
    folder, kept = path.parent, path.parent / RECORD
    match read_json(path):
        case {"schema": str(schema), **content}:
            held_out = "held out" in _dataset(content)
        case _:
            raise SchemaError(f"{path} does not say what it is")
    if not kept.exists():
        return FinishedRun(folder, schema, held_out, folder.name, 0, None, ())
    record = load(kept, TrainingRecord)
    trained = environments(record)
    return FinishedRun(folder, schema, held_out, record.name, record.seed, record.started_from, trained)


def _dataset(content: object) -> str:
    """Name of the images, wherever it says so."""
    match content:
        case {"dataset": {"name": str(name)}} | {"measured": {"dataset": {"name": str(name)}}}:
            return name
        case _:
            return ""
