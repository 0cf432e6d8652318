"""Runs of binary networks as they are gathered, one entry an arm.

folders of finished runs ──► results/bnn_mnist.json ──► tables
"""

from dataclasses import dataclass
from pathlib import Path

from compressible.reports.binary_nets import BinaryNetResult
from compressible.reports.run_times import RunTime, run_time
from compressible.reports.schema import load
from compressible.reports.training_record import TrainingRecord
from compressible.run_files import EVALUATION, RECORD

CODES = "codes of "
"""What a view says of itself before the hash of the autoencoder that made its codes."""


@dataclass(frozen=True)
class Entry:
    """One run.

    Attributes:
        arm: its name.
        steps: of its training.
        time: of the run, all networks at once; None if it was not timed.
        result: what was measured.
    """

    arm: str
    steps: int
    time: RunTime | None
    result: BinaryNetResult


def read_entry(run: Path) -> Entry:
    """Of a finished run's folder.

    Raises:
        SchemaError: a record is not readable.
    """
    record = load(run / RECORD, TrainingRecord)
    return Entry(record.name, record.steps, run_time(run, record), load(run / EVALUATION, BinaryNetResult))


def checked(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Entries that one table may have.

    Raises:
        ValueError: an arm is there twice, was not tested, or was measured on other images, with other seeds or on the
            codes of another autoencoder than the rest.
    """
    for entry in entries:
        if not entry.result.test:
            raise ValueError(f"{entry.arm} was measured on {entry.result.dataset.name}, which is for choosing")
    names = [entry.arm for entry in entries]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise ValueError(
            f"there are several runs of {', '.join(sorted(repeated))}: name the folder of the one that counts"
        )
    results = [entry.result for entry in entries]
    if len({(one.dataset.sha256, one.test_images, one.training_images, one.held_out_images) for one in results}) > 1:
        raise ValueError("the arms were trained or measured on different images")
    if len({one.seeds for one in results}) > 1:
        raise ValueError("the arms have different seeds")
    if len(views := {one.view for one in results if one.view.startswith(CODES)}) > 1:
        raise ValueError(
            f"the arms learned from different codes, {', '.join(sorted(views))}: name the folders of those that count"
        )
    return entries


def load_entries(path: Path) -> tuple[Entry, ...]:
    """Raises ``SchemaError`` if the file holds anything else."""
    return load(path, tuple[Entry, ...])
