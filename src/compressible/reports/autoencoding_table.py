"""Autoencoders with discrete codes beside each other: what the images cost given their codes, and what the codes cost.

    folders of finished runs ──► results/dqae.json: one entry a row and seed ──► table

Fostiropoulos & Boehm 2022, "Depthwise Quantization", section 5.2, whose bits per dimension leave the codes out.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

from compressible.reports.autoencoding import AutoencodingResult, LevelCodes, Matrix
from compressible.reports.schema import load
from compressible.reports.tables import markdown
from compressible.reports.training_record import TrainingRecord, without_number
from compressible.run_files import EVALUATION, RECORD

LABELS = {
    "dq": "depthwise (DQ)",
    "vq_copies": "VQ, all codebooks see one vector",
    "vq": "VQ, one codebook",
    "product": "product",
    "residual": "residual",
    "pyramid": "pyramid",
}
"""What the rows are called, in their order; others come after these, by their names."""


@dataclass(frozen=True)
class Entry:
    """One run.

    Attributes:
        row: name of the arm.
        seed: of the run.
        steps: of its training.
        result: what was measured.
    """

    row: str
    seed: int
    steps: int
    result: AutoencodingResult


def read_entry(row: str, run: Path) -> Entry:
    """Of a finished run's folder. Raises ``SchemaError`` if its records are not readable."""
    record = load(run / RECORD, TrainingRecord)
    return Entry(row, record.seed, record.steps, load(run / EVALUATION, AutoencodingResult))


def read_entries(runs: Sequence[Path]) -> tuple[Entry, ...]:
    """Of the folders of finished runs, whose names, without a seed at their ends (dq-2), are those of the rows.

    Raises:
        SchemaError: a record is not readable.
        ValueError: runs were measured on different images, or do not belong to one row.
    """
    entries = tuple(read_entry(_row(run), run) for run in runs)
    if len({(entry.result.dataset.sha256, entry.result.images) for entry in entries}) > 1:
        raise ValueError("these runs were measured on different images")
    for row in {entry.row for entry in entries}:
        own = [entry for entry in entries if entry.row == row]
        if len({entry.seed for entry in own}) < len(own):
            raise ValueError(f"there are several runs of {row} with one seed")
        if len({entry.steps for entry in own}) > 1:
            raise ValueError(f"the runs of {row} have different numbers of steps")
    return entries


def autoencoding_table(entries: Sequence[Entry]) -> str:
    """One row an arm: means over seeds, and with three seeds or more their standard deviations.

    Entropies, perplexities and mutual information are means over codebooks and pairs of them.
    """
    columns: dict[str, Callable[[AutoencodingResult], float | None]] = {
        "decoder bits/dim": lambda result: result.scores.decoder_bits,
        "codes bits/dim, uniform": lambda result: result.uniform_bits,
        "codes bits/dim, histogram": lambda result: result.histogram_bits,
        "two-part total bits/dim": lambda result: result.total_bits,
        "codes bits/dim (file)": lambda result: result.file_bits,
        "squared error x 1000": lambda result: 1000 * result.scores.squared_error,
        "bits a code": lambda result: _over_levels(result, lambda level: mean(level.entropy)),
        "perplexity": lambda result: _over_levels(result, lambda level: mean(level.perplexity)),
        "least usage, %": lambda result: 100 * min(min(level.usage) for level in result.levels),
        "shared by two, bits": lambda result: _over_levels(result, lambda level: _between(level.mutual_information)),
        "shared (Miller-Madow)": lambda result: _over_levels(result, shared_bits),
        "shared (shuffled)": lambda result: _over_levels(result, lambda level: _between(level.shuffled)),
    }
    rows: list[tuple[str, ...]] = []
    for name in sorted({entry.row for entry in entries}, key=order):
        own = [entry for entry in entries if entry.row == name]
        cells = [_spread([column(entry.result) for entry in own]) for column in columns.values()]
        parameters = f"{own[0].result.parameters / 1e6:.2f}"
        rows.append((LABELS.get(name, name), parameters, str(own[0].steps), str(len(own)), *cells))
    return markdown(("arm", "parameters, millions", "steps", "seeds", *columns), rows)


def load_entries(path: Path) -> tuple[Entry, ...]:
    """Raises ``SchemaError`` if the file holds anything else."""
    return load(path, tuple[Entry, ...])


def shared_bits(level: LevelCodes) -> float | None:
    """Mean mutual information of two codebooks, corrected for chance; None of one codebook."""
    return _between(level.corrected)


def order(name: str) -> tuple[int, tuple[str | int, ...]]:
    """Where a row stands in a table; numbers in names count as such."""
    known = list(LABELS)
    words = tuple(int(word) if word.isdigit() else word for word in re.split(r"(\d+)", name))
    return (known.index(name) if name in known else len(known), words)


def _row(run: Path) -> str:
    """The run's name without a seed at its end."""
    return without_number(load(run / RECORD, TrainingRecord).name)


def _between(shared: Matrix) -> float | None:
    """Mean over pairs of codebooks; None of one codebook."""
    pairs = [shared[i][j] for i in range(len(shared)) for j in range(i)]
    return mean(pairs) if pairs else None


def _over_levels(result: AutoencodingResult, value: Callable[[LevelCodes], float | None]) -> float | None:
    found = [number for level in result.levels if (number := value(level)) is not None]
    return mean(found) if found else None


def _spread(values: Sequence[float | None]) -> str:
    numbers = [value for value in values if value is not None]
    if not numbers:
        return "n/a"
    deviation = f" ± {stdev(numbers):.4f}" if len(numbers) >= 3 else ""
    return f"{mean(numbers):.4f}{deviation}"
