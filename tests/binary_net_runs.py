"""Records of finished runs of binary networks, made up."""

from dataclasses import replace
from pathlib import Path

from compressible.models import Cost
from compressible.reports.binary_nets import BINARY_NETS, BinaryNetResult
from compressible.reports.environment import Dataset, Environment
from compressible.reports.schema import save
from compressible.reports.training_record import SCHEMA, TrainingRecord

ENVIRONMENT = Environment("train", None, "2026-01-01", "cpu", 2, "Linux", {})
DATA = Dataset("mnist", "a" * 64, 2, ())
RESULT = BinaryNetResult(
    schema=BINARY_NETS,
    environment=ENVIRONMENT,
    network="0" * 16,
    dataset=DATA,
    view="codes of 12",
    seeds=(0, 1, 2),
    training_images=100,
    held_out_images=10,
    test_images=20,
    training=(0.9, 0.91, 0.92),
    held_out=(0.88, 0.89, 0.9),
    test=(0.85, 0.9, 0.95),
    cost=Cost(4736, 12820, 4736, 12544, 12544, 0),
    file_bytes=(51_200, 51_200, 51_300),
    input_bits=196,
    pixels=784,
)


def write_run(folder: Path, name: str, view: str = "codes of 12") -> Path:
    """Of an arm, in ``folder``."""
    folder.mkdir(parents=True)
    record = TrainingRecord(SCHEMA, name, ENVIRONMENT, "h", 0, DATA, (), 7, None, 120.0, "m", 5, {})
    save(folder / "training.json", record)
    save(folder / "evaluation.json", replace(RESULT, view=view))
    return folder
