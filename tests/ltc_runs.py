"""Made-up runs of LTC."""

from dataclasses import replace
from pathlib import Path

from compressible.reports.coded_images import CODED_IMAGES, CodedImagesResult
from compressible.reports.environment import Dataset, Environment
from compressible.reports.ltc_points import VECTORS, Form
from compressible.reports.ltc_table import Entry
from compressible.reports.schema import save
from compressible.reports.training_record import SCHEMA, TrainingRecord

ENVIRONMENT = Environment("train", "c0ffee", "2026-01-01", "cpu", 2, "Linux", {})
IMAGES, PIXELS = 100, 1024


def result(form: Form, centers: int, bpp: float, squared_error: float, excess: float = 0.001) -> CodedImagesResult:
    """All of a rate: the entropy, below the cross-entropy by a share, and the coded bytes."""
    cross_entropy = bpp / form.symbols_per_pixel
    return CodedImagesResult(
        schema=CODED_IMAGES,
        environment=ENVIRONMENT,
        model="0" * 16,
        dataset=Dataset("cifar", "a" * 64, 1, ()),
        images=IMAGES,
        pixels=PIXELS,
        downsampling=form.downsampling,
        channels=form.channels,
        dimension=form.channels if form.vectors else 1,
        centers=centers,
        symbols=round(PIXELS * form.symbols_per_pixel),
        used=centers,
        squared_error=squared_error,
        cross_entropy=cross_entropy,
        soft_cross_entropy=cross_entropy + 0.5,
        entropy=cross_entropy / (1 + excess),
        group_entropy=cross_entropy / (1 + excess),
        coded_bytes=round(bpp * IMAGES * PIXELS / 8),
        single_bytes=round(1.05 * bpp * IMAGES * PIXELS / 8),
        file_bytes=round(1.01 * bpp * IMAGES * PIXELS / 8),
    )


def entry(centers: int, alpha: float, bpp: float, squared_error: float, form: Form = VECTORS, seed: int = 0) -> Entry:
    """A run."""
    name = "ltc_vector" if form.vectors else f"ltc_scalar_{form.downsampling}x"
    return Entry(name, alpha, seed, 1500, 6.0, result(form, centers, bpp, squared_error))


def write_run(folder: Path, run: Entry) -> Path:
    """What a finished run leaves of these."""
    folder.mkdir(parents=True)
    record = TrainingRecord(
        schema=SCHEMA,
        name=run.name,
        environment=ENVIRONMENT,
        config_hash="0" * 16,
        seed=run.seed,
        data=run.result.dataset,
        held_out=(),
        steps=run.steps,
        started_from=None,
        wall_seconds=None if run.minutes is None else 60 * run.minutes,
        model=run.result.model,
        bytes=1,
        held_out_metrics={},
    )
    save(folder / "training.json", record)
    save(folder / "evaluation.json", run.result)
    (folder / "config.yaml").write_text(f"rate:\n  soft_weight: {run.alpha}\n")
    return folder


def on_other_images(run: Entry) -> Entry:
    """The same run, measured elsewhere."""
    return replace(run, result=replace(run.result, dataset=Dataset("cifar", "b" * 64, 1, ())))


def on_held_out_images(run: Entry) -> Entry:
    """The same run, measured where choices are made."""
    return replace(run, result=replace(run.result, dataset=Dataset("cifar, held out", "a" * 64, 1, ())))
