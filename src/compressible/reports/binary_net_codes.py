"""The autoencoder whose codes binary networks learn from, beside the published one.

    folder of its run ──► results/bnn_mnist_vqvae.json ──► table, sentences

Jacobellis 2022, "Compressed Learning", and its notebook, which has the VQ-VAE of the Keras examples.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import torch

from compressible.codes.trained import read_trained
from compressible.data.paths import DataError
from compressible.models import Cost, profile
from compressible.reports.autoencoding import AutoencodingResult
from compressible.reports.binary_net_entries import Entry
from compressible.reports.binary_net_table import MACS
from compressible.reports.run_times import RunTime, run_time, time_together
from compressible.reports.schema import load
from compressible.reports.tables import markdown
from compressible.reports.training_record import TrainingRecord
from compressible.run_files import EVALUATION, RECORD

VARIANCE = 0.3081**2
"""Of MNIST's pixels in 0..1, by which the Keras example divides the squared error."""
PUBLISHED_ERROR, PUBLISHED_CODEBOOK, PUBLISHED_PARAMETERS = 0.0912, 0.2776, 40_261
"""Squared error over the variance, and loss of the codebook, of the last epoch in training; how much is trained."""


@dataclass(frozen=True)
class CodeMaker:
    """What is kept of the autoencoder's run.

    Attributes:
        record: of its training.
        time: of the run; None if it was not timed.
        result: what was measured.
        encoder: cost of the codes of one image.
    """

    record: TrainingRecord
    time: RunTime | None
    result: AutoencodingResult
    encoder: Cost


def read_code_maker(run: Path) -> CodeMaker:
    """Of a finished run's folder.

    Raises:
        SchemaError: a record is not readable.
        ValueError: its model is not.
    """
    record = load(run / RECORD, TrainingRecord)
    result = load(run / EVALUATION, AutoencodingResult)
    try:
        model = read_trained(run).model
    except DataError as error:
        raise ValueError(str(error)) from error
    side = isqrt(result.dimensions)
    layers = profile(model, torch.rand(1, 1, side, side)).layers
    encoder = sum((layer.cost for layer in layers if not layer.name.startswith("decoder.")), Cost())
    return CodeMaker(record, run_time(run, record), result, encoder)


def code_maker_table(maker: CodeMaker) -> str:
    """The published autoencoder, and ours."""
    header = (
        "VQ-VAE",
        "squared error over the pixels' variance",
        "of",
        "loss of the codebook",
        "codes in use",
        "entropy of a code, bits",
        "parameters",
        "steps",
        "seed",
        "commit",
    )
    (level,) = maker.result.levels
    used = sum(round(share * size) for share, size in zip(level.usage, level.alphabet, strict=True))
    rows = [
        (
            "published",
            f"{PUBLISHED_ERROR:g}",
            "training images, while it learned",
            f"{PUBLISHED_CODEBOOK:g}",
            "n/a",
            "n/a",
            f"{PUBLISHED_PARAMETERS:,}",
            *["n/a"] * 3,
        ),
        (
            "ours",
            f"{maker.result.scores.squared_error / VARIANCE:.4f}",
            f"{maker.result.images:,} images of {maker.result.dataset.name}, pixels rounded to bytes",
            "n/a",
            f"{used} of {sum(level.alphabet)}",
            f"{sum(level.entropy):.2f}",
            f"{maker.result.parameters:,}",
            f"{maker.record.steps:,}",
            str(maker.record.seed),
            (maker.record.environment.commit or "not recorded")[:12],
        ),
    ]
    return markdown(header, rows)


def encoder_sentence(maker: CodeMaker) -> str:
    """What an image's codes cost, beside the published network behind them."""
    macs = maker.encoder.macs
    return (
        f"The encoder takes {macs:,} 32-bit MACs an image, the search for codes included: {macs / MACS:.0f} times the "
        f"{MACS:,} of the published network on codes.\n"
    )


def minutes_sentence(maker: CodeMaker, entries: Sequence[Entry]) -> str:
    """Time of all runs, on the machine of the first."""
    times = [maker.time, *(entry.time for entry in entries)]
    timed = [own for own in times if own is not None]
    together = time_together(timed)
    cores = maker.record.environment.cores
    untimed = f"; {len(times) - len(timed)} of them were not timed" if len(timed) < len(times) else ""
    return (
        f"All {len(times)} runs, that of the VQ-VAE among them, took {together.minutes:.1f} minutes on {cores} cores, "
        f"from codes to evaluation, with up to {together.at_once} at a time{untimed}.\n"
    )
