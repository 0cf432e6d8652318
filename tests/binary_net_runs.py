"""Records of finished runs of binary networks, made up."""

from dataclasses import replace
from pathlib import Path

from compressible.codes.trained import read_trained
from compressible.models import Cost
from compressible.reports.autoencoding import AUTOENCODING, AutoencodingResult, LevelCodes, Scores
from compressible.reports.binary_nets import BINARY_NETS, BinaryNetResult
from compressible.reports.environment import Dataset, Environment
from compressible.reports.schema import save
from compressible.reports.training_record import SCHEMA, TrainingRecord
from vqvae_runs import write_run as write_autoencoder

ENVIRONMENT = Environment("train", None, "2026-01-01", "cpu", 2, "Linux", {})
DATA = Dataset("mnist", "a" * 64, 2, ())
RECORD = TrainingRecord(SCHEMA, "codes", ENVIRONMENT, "h", 0, DATA, (), 7, None, 120.0, "m", 5, {})
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
    same_packed=(20, 20, 19),
    cost=Cost(4736, 12820, 4736, 12544, 12544, 0),
    file_bytes=(51_200, 51_200, 51_300),
    input_bits=196,
    pixels=784,
)


def write_code_maker(folder: Path) -> str:
    """Run of an autoencoder that was hardly trained. Returns the view that is made of its codes."""
    model = read_trained(write_autoencoder(folder)).hash.hex()
    save(folder / "training.json", replace(RECORD, name="vqvae_mnist", model=model))
    level = LevelCodes((16,), 49, (3.5,), (11.3,), (0.875,), (3.6,), ((3.5,),), ((3.5,),), ((0.0,),), None)
    scores, rates = Scores(None, 0.0094925, None), (0.25, 0.2, 20, 0.2, 0.21)
    result = AutoencodingResult(AUTOENCODING, ENVIRONMENT, model, 40_261, DATA, 20, 784, scores, *rates, (level,))
    save(folder / "evaluation.json", result)
    return f"codes of {model}"


def write_run(folder: Path, name: str, view: str = "codes of 12", result: BinaryNetResult = RESULT) -> Path:
    """Of an arm, in ``folder``."""
    folder.mkdir(parents=True)
    save(folder / "training.json", replace(RECORD, name=name))
    save(folder / "evaluation.json", replace(result, view=view))
    return folder
