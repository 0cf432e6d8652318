"""Made-up runs of network compression."""

from pathlib import Path

from compressible.reports.environment import Dataset, Environment
from compressible.reports.network_accuracy import (
    ACCURACY,
    COMPRESSED_ACCURACY,
    Accuracy,
    CodedSize,
    CompressedAccuracy,
)
from compressible.reports.schema import save
from compressible.reports.training_record import SCHEMA, TrainingRecord

ENVIRONMENT = Environment("train", "0123456789abcdef", "2026-01-01", "cpu", 2, "Linux", {})
DATA = Dataset("cifar", "a" * 64, 1, ())
IMAGES = 1000


def write_run(folder: Path, name: str, mistakes: int, seed: int = 0, start: str | None = None) -> Path:
    """An original without ``start``; else a compressed network, with a factor of 20."""
    folder.mkdir(parents=True)
    data = Dataset("natural", "d" * 64, 1, ())
    save(
        folder / "training.json",
        TrainingRecord(SCHEMA, name, ENVIRONMENT, "h", seed, data, (), 7, start, 1.0, "m", 5, {}),
    )
    share, wrong = 1 - mistakes / IMAGES, tuple(range(mistakes))
    schema = ACCURACY
    own = Accuracy(schema, ENVIRONMENT, "0" * 16, DATA, IMAGES, share, wrong, 4000)
    coded = tuple(CodedSize(coder, 200, 19.0, 20.0) for coder in ("huffman", "range", "sparse", "context"))
    save(
        folder / "evaluation.json",
        own if start is None else CompressedAccuracy(COMPRESSED_ACCURACY, own, 1000, 75, coded),
    )
    return folder
