"""Made-up evaluations of image codecs."""

from collections.abc import Sequence
from pathlib import Path

from compressible.reports.environment import Dataset, Environment
from compressible.reports.evaluation import SCHEMA, CodecResult, Evaluation, ImageResult, save_evaluation
from compressible.reports.schema import save
from compressible.reports.training_record import SCHEMA as TRAINING
from compressible.reports.training_record import TrainingRecord

Setting = tuple[str, str, float, float]
"""Family, codec, bits a pixel and PSNR; MS-SSIM is 1 - 10^(-PSNR / 20)."""


def environment(commit: str | None) -> Environment:
    return Environment("evaluate", commit, "2026-01-01", "cpu", 2, "Linux", {})


def evaluation(
    settings: Sequence[Setting],
    commit: str | None = "c0ffee",
    sha256: str = "a" * 64,
    model: str | None = None,
) -> Evaluation:
    """Of codecs, or of ``model`` by its hash."""
    codecs = tuple(
        CodecResult(
            family,
            codec,
            {"hash": model} if model else {},
            (ImageResult("p", 200, 200, None, None, bpp, psnr, 0.9, 1 - 10 ** (-psnr / 20), 0.1, 0.1),),
        )
        for family, codec, bpp, psnr in settings
    )
    return Evaluation(SCHEMA, environment(commit), Dataset("kodak", sha256, 1, ()), codecs)


def training_record(
    name: str, commit: str | None, model: str = "m", earlier: Sequence[str | None] = ()
) -> TrainingRecord:
    """Of a run that was begun at ``earlier`` commits."""
    return TrainingRecord(
        schema=TRAINING,
        name=name,
        environment=environment(commit),
        config_hash="h",
        seed=0,
        data=Dataset("natural", "d" * 64, 1, ()),
        held_out=(),
        steps=7,
        started_from=None,
        wall_seconds=1.0,
        model=model,
        bytes=5,
        held_out_metrics={},
        earlier=tuple(map(environment, earlier)),
    )


def write_evaluated(
    folder: Path,
    name: str,
    settings: Sequence[Setting],
    commit: str | None = "c0ffee",
    sha256: str = "a" * 64,
    model: str | None = None,
    earlier: Sequence[str] = (),
) -> Path:
    """A finished run that was evaluated on pictures."""
    folder.mkdir(parents=True)
    save_evaluation(folder / "evaluation.json", evaluation(settings, commit, sha256, model))
    save(folder / "training.json", training_record(name, commit, model or "m", earlier))
    return folder
