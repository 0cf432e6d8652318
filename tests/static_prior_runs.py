"""Made-up records of the static prior."""

from pathlib import Path

from compressible.reports.environment import Dataset, Environment
from compressible.reports.schema import save
from compressible.reports.static_prior import SharedBits, StaticPriorRecord

SHARED = SharedBits(((1.0, 0.5), (0.5, 1.0)), ((1.0, 0.4), (0.4, 1.0)), ((1.0, 0.1), (0.1, 1.0)), 0.5, 0.4, 0.1)
RECORD = StaticPriorRecord(
    schema="s",
    environment=Environment("train", "c0ffee", "2026-01-01", "cpu", 2, "Linux", {}),
    extractor="ResNet",
    network="0" * 16,
    layer="stages",
    dataset=Dataset("cifar", "a" * 64, 1, ()),
    images=100,
    fitting=50,
    axis="channel",
    slices=2,
    dimension=3,
    codes=32,
    seed=0,
    error=0.25,
    variance=2.0,
    relative_error=0.125,
    entropy_bits=(4.0, 5.0),
    mean_entropy_bits=4.5,
    mean_entropy_nats=3.1192,
    perplexity=(16.0, 32.0),
    usage=(0.5, 1.0),
    shared=SHARED,
    course=(1.0, 0.5, 0.49),
)


def runs(folder: Path, *records: StaticPriorRecord) -> list[Path]:
    for i, record in enumerate(records):
        (folder / str(i)).mkdir()
        save(folder / str(i) / "evaluation.json", record)
    return [folder / str(i) for i in range(len(records))]
