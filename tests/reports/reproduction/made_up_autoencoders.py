"""Made-up runs of autoencoders with discrete codes."""

from pathlib import Path

from compressible.reports.autoencoding import AUTOENCODING, AutoencodingResult, LevelCodes, Scores
from compressible.reports.autoencoding_table import Entry
from compressible.reports.environment import Dataset, Environment
from compressible.reports.schema import save
from compressible.reports.training_record import SCHEMA, TrainingRecord

ENVIRONMENT = Environment("train", "c0ffee", "2026-01-01", "cpu", 2, "Linux", {})
DATA = Dataset("cifar-10-batches-py", "a" * 64, 1, ())


def level(entropy: float, shared: float, swapped: Scores | None = None) -> LevelCodes:
    matrix = ((entropy, shared), (shared, entropy))
    return LevelCodes(
        alphabet=(4, 4),
        places=64,
        entropy=(entropy, entropy),
        perplexity=(2**entropy,) * 2,
        usage=(1.0, 1.0),
        cross_entropy=(entropy, entropy),
        mutual_information=matrix,
        corrected=matrix,
        shuffled=matrix,
        swapped=swapped,
    )


def entry(
    row: str,
    decoder_bits: float | None,
    histogram_bits: float = 0.1,
    seed: int = 0,
    levels: tuple[LevelCodes, ...] = (level(1.5, 0.25),),
) -> Entry:
    result = AutoencodingResult(
        schema=AUTOENCODING,
        environment=ENVIRONMENT,
        model="0" * 16,
        parameters=1_900_000,
        dataset=DATA,
        images=10,
        dimensions=3072,
        scores=Scores(decoder_bits, 0.004, 0.08),
        uniform_bits=0.2,
        histogram_bits=histogram_bits,
        histogram_images=20,
        coded_bits=0.1,
        file_bits=0.1,
        levels=levels,
    )
    return Entry(row, seed, 1500, result)


def write_run(folder: Path, run: Entry) -> Path:
    """What a finished run leaves of these, but its codes."""
    folder.mkdir(parents=True)
    record = TrainingRecord(SCHEMA, run.row, ENVIRONMENT, "h", run.seed, DATA, (), run.steps, None, 1.0, "m", 5, {})
    save(folder / "training.json", record)
    save(folder / "evaluation.json", run.result)
    return folder
