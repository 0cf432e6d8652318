"""Runs of autoencoders with discrete codes, for the tables of depthwise quantization (Fostiropoulos & Boehm 2022)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from compressible.reports.autoencoding import AUTOENCODING, AutoencodingResult
from compressible.reports.autoencoding_table import Entry, load_entries, read_entries
from compressible.reports.code_maps import read_code_maps
from compressible.reports.reproduction.comparison import Measured, Origin, measured
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.merging import replaced
from compressible.reports.reproduction.target import origin_of_models
from compressible.reports.schema import save
from compressible.reports.training_record import keep_record

ROWS, LEVELS, SIZES, CODES = "dqae.json", "dqae_levels.json", "dqae_ablation.json", "dqae_codes.json"
"""Arms with one level; with several; of several sizes; and the codes of some."""
OURS, RIVAL = "dq", "vq_copies"
TRAIN = "python train.py experiment=dqae_cifar10 budget=cpu"
KEPT = Path("training") / "dqae"
MNIST = "vqvae_mnist"
"""Another paper's autoencoder."""
_SIZE = re.compile(r"(?:(?P<arm>\w+)-)?K(?P<codes>\d+)-D(?P<dimension>\d+)")


@dataclass(frozen=True, order=True)
class Size:
    """One of the sizes of figure 5.

    Attributes:
        codes: K, of each codebook.
        dimension: D, of a vector.
        arm: what quantizes.
    """

    codes: int
    dimension: int
    arm: str


def size_of(row: str) -> Size | None:
    """What a run's name says of its size: K16-D64, or vq_copies-K16-D64; None if it says nothing."""
    found = _SIZE.fullmatch(row)
    return Size(int(found["codes"]), int(found["dimension"]), found["arm"] or OURS) if found else None


def load(results: Path, *files: str) -> tuple[Entry, ...]:
    """The runs of those files that are there."""
    return tuple(entry for file in files if (results / file).exists() for entry in load_entries(results / file))


def origins(results: Path, *files: str) -> tuple[Origin, ...]:
    """Of those files that are there."""
    found = {file: [entry.result for entry in load(results, file)] for file in files if (results / file).exists()}
    return tuple(
        origin_of_models(file, results / KEPT, [(one.model, one.environment) for one in own])
        for file, own in found.items()
    )


def over_runs(entries: Sequence[Entry], value: Callable[[AutoencodingResult], float | None]) -> Measured | None:
    """Of all runs that have the value."""
    numbers = [value(entry.result) for entry in entries]
    return measured([number for number in numbers if number is not None])


def collect(runs: Sequence[FinishedRun], results: Path) -> int:
    """Every autoencoder into the file where it belongs, and the codes of the least seed of the arms of figure 3.

    There it takes the place of the run of the same row and seed on the same images.

    Raises:
        SchemaError: a run is not readable.
        ValueError: runs of one file were measured on different images, or one is there twice.
        BitstreamError: a file of codes is damaged.
    """
    own = [run for run in runs if run.schema == AUTOENCODING and run.row != MNIST]
    by_images: dict[tuple[str, str], list[Path]] = {}
    for run in own:
        (entry,) = read_entries([run.folder])
        by_images.setdefault((_file_of(entry), entry.result.dataset.sha256), []).append(run.folder)
    gathered: dict[str, list[Entry]] = {}
    for (file, _), folders in by_images.items():
        entries = read_entries(folders)
        for folder, entry in zip(folders, entries, strict=True):
            keep_record(folder, results / KEPT, f"{entry.row}-{entry.seed}")
        gathered.setdefault(file, []).extend(entries)
    for file, entries in gathered.items():
        save(results / file, replaced(load(results, file), entries, _key))
    drawn = [_least_seed(own, row) for row in (OURS, RIVAL)]
    maps = [level for run in drawn if run is not None for level in read_code_maps(run.name, run.folder)]
    if maps:
        save(results / CODES, maps)
    return len(own)


def _key(entry: Entry) -> tuple[str, int, str]:
    return entry.row, entry.seed, entry.result.dataset.sha256


def _file_of(entry: Entry) -> str:
    if size_of(entry.row):
        return SIZES
    return LEVELS if len(entry.result.levels) > 1 else ROWS


def _least_seed(runs: Sequence[FinishedRun], row: str) -> FinishedRun | None:
    return min((run for run in runs if run.row == row), key=lambda run: run.seed, default=None)
