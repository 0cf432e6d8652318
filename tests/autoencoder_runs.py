"""Made-up runs of autoencoders."""

from dataclasses import replace
from pathlib import Path

from compressible.reports.autoencoding import AutoencodingResult, LevelCodes, Scores
from compressible.reports.environment import Dataset, Environment
from compressible.reports.schema import save
from compressible.reports.training_record import SCHEMA, TrainingRecord

ENVIRONMENT = Environment("train", None, "2026-01-01", "cpu", 2, "Linux", {})
CIFAR = Dataset("cifar", "a" * 64, 1, ())
PAIR = LevelCodes(
    alphabet=(4, 4),
    places=64,
    entropy=(1.5, 2.0),
    perplexity=(2.8, 4.0),
    usage=(0.75, 1.0),
    cross_entropy=(1.6, 2.0),
    mutual_information=((1.5, 0.3), (0.3, 2.0)),
    corrected=((1.5, 0.25), (0.25, 2.0)),
    shuffled=((0.0, 0.05), (0.05, 0.0)),
    swapped=None,
)
ALONE = LevelCodes((16,), 64, (3.5,), (11.3,), (0.9,), (3.6,), ((3.5,),), ((3.5,),), ((0.0,),), None)


def result(decoder_bits: float | None, *levels: LevelCodes, dataset: Dataset = CIFAR) -> AutoencodingResult:
    scores = Scores(decoder_bits, 0.004, 0.08)
    measured = (0.083, 0.075, 20, 0.07, 0.071)
    return AutoencodingResult("s", ENVIRONMENT, "0" * 16, 1_870_000, dataset, 10, 3072, scores, *measured, levels)


def with_error(own: AutoencodingResult, squared_error: float) -> AutoencodingResult:
    return replace(own, scores=replace(own.scores, squared_error=squared_error))


def write_run(folder: Path, name: str, own: AutoencodingResult, seed: int = 0, steps: int = 1500) -> Path:
    folder.mkdir(parents=True)
    save(folder / "evaluation.json", own)
    started = (None, 60.0, "0" * 16, 100, {})
    save(
        folder / "training.json", TrainingRecord(SCHEMA, name, ENVIRONMENT, "0" * 16, seed, CIFAR, (), steps, *started)
    )
    return folder
