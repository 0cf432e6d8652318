"""Short runs of network compression on held-out images, from which the settings of the long ones were chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compressible.reports.network_accuracy import CompressedAccuracy
from compressible.reports.schema import load
from compressible.reports.tables import markdown
from compressible.reports.training_record import TrainingRecord
from compressible.run_files import EVALUATION, RECORD


@dataclass(frozen=True)
class Choice:
    """One short run.

    Attributes:
        label: what was tried.
        command: that trained it.
        commit: of the code that did.
        seed: of the run.
        steps: of its training.
        images: held-out images that it was measured on.
        accuracy: share of them that is classified rightly.
        paper_factor: compression in the paper's accounting, range coded.
        bytes: of the file.
    """

    label: str
    command: str
    commit: str | None
    seed: int
    steps: int
    images: int
    accuracy: float
    paper_factor: float
    bytes: int


def read_choice(label: str, run: Path) -> Choice:
    """Of a finished run's folder.

    Raises:
        SchemaError: its records are not readable.
        ValueError: it was measured on the test set, which is no place to choose on.
    """
    record = load(run / RECORD, TrainingRecord)
    evaluation = load(run / EVALUATION, CompressedAccuracy)
    if "held out" not in evaluation.measured.dataset.name:
        raise ValueError(f"{run} was measured on {evaluation.measured.dataset.name}, not on held-out images")
    (coded,) = (size for size in evaluation.coded if size.coder == "range")
    return Choice(
        label=label,
        command=record.environment.command,
        commit=record.environment.commit,
        seed=record.seed,
        steps=record.steps,
        images=evaluation.measured.images,
        accuracy=evaluation.measured.accuracy,
        paper_factor=coded.paper_factor,
        bytes=coded.bytes,
    )


def choices_table(choices: Sequence[Choice]) -> str:
    """One row a run, in the order they were made."""
    columns = ("tried", "steps", "accuracy, held out", "factor (paper's accounting)", "bytes (file)")
    rows = [(c.label, str(c.steps), f"{c.accuracy:.2%}", f"{c.paper_factor:.2f}", f"{c.bytes:,}") for c in choices]
    return markdown(columns, rows)
