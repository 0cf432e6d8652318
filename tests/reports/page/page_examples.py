"""Evaluations and run folders made up for the tests of the page, and a text that no page should believe."""

from pathlib import Path

from compressible.reports.codebook_records import ChannelEntropies
from compressible.reports.environment import Dataset, Environment
from compressible.reports.evaluation import SCHEMA, CodecResult, Evaluation, ImageResult
from compressible.reports.index_records import IndexRecord, VectorHistogram
from compressible.reports.schema import save
from compressible.reports.training_record import TrainingRecord

NASTY = (
    "</script><script>window.pwned=1</script><img src=http://example.invalid/x onerror=window.pwned=1>\"'&%{x}[a](b)"
)
ENVIRONMENT = Environment("evaluate", "abc", "2026-01-01", "cpu", 2, "Linux", {})


def codec(
    family: str, setting: object, bpp: float, psnr: float, ms_ssim: float | None = 0.9, seconds: float = 0.1
) -> CodecResult:
    """One picture through one codec."""
    image = ImageResult("a.png", 200, 200, None, None, bpp, psnr, 0.5, ms_ssim, seconds, seconds)
    return CodecResult(family, f"{family}-{setting}", {"setting": str(setting)}, (image,))


def evaluation(*codecs: CodecResult, dataset: str = "kodak") -> Evaluation:
    return Evaluation(SCHEMA, ENVIRONMENT, Dataset(dataset, dataset.encode().hex(), 1), codecs)


OURS = evaluation(codec("ours", 1, 0.1, 25, 0.90), codec("ours", 2, 0.2, 28, 0.95), codec("ours", 3, 0.4, 32, 0.98))
JPEG = evaluation(
    codec("jpeg444", 5, 0.2, 25, 0.90), codec("jpeg444", 10, 0.4, 28, 0.95), codec("jpeg444", 20, 0.8, 32, 0.98)
)
"""At every quality ours takes half the bits."""

MOMENTS = (
    IndexRecord("compressible-index-histograms-1", 0, 1.5, (VectorHistogram((-1.0, 0.0, 1.0), (1, 2, 1)),)),
    IndexRecord("compressible-index-histograms-1", 20, 0.5, (VectorHistogram((-0.5, 0.0, 0.5), (0, 3, 1)),)),
)


def leave_run(folder: Path, text: str = "beta: 1") -> Path:
    """A finished run's folder, with ``text`` wherever a file may hold any."""
    (folder / "csv" / "version_0").mkdir(parents=True)
    (folder / "config.yaml").write_text(text)
    log = "step,epoch,train/sigma,train/entropy,val/accuracy,train/loss\n"
    rows = [f"{step},0,{1 + step},{3 / (1 + step)},{0.5 + step / 100},{2 - step / 40}\n" for step in range(0, 40, 4)]
    (folder / "csv" / "version_0" / "metrics.csv").write_text(log + "".join(rows))
    for name in ("index_histograms", "codebooks"):
        (folder / name).mkdir()
    for moment in MOMENTS:
        save(folder / "index_histograms" / f"step_{moment.step:07d}.json", moment)
    for step, hard in ((10, 1.0), (20, 2.0)):
        save(folder / "codebooks" / f"step_{step:07d}.json", (ChannelEntropies(0, (hard, 0.5), (hard + 1, 1.5)),))
    (folder / "evaluation.md").write_text(f"| codec | bytes |\n| --- | ---: |\n| {text} | 12345 |\n")
    save(folder / "training.json", record(text))
    return folder


def record(command: str) -> TrainingRecord:
    return TrainingRecord(
        schema="compressible-training-1",
        name="run",
        environment=Environment(command, "0123abc", "2026-01-01", "cpu", 2, "Linux", {}),
        config_hash="0" * 16,
        seed=7,
        data=Dataset("photos", "f" * 64, 9),
        held_out=(),
        steps=1234,
        started_from=None,
        wall_seconds=600.0,
        model="1" * 16,
        bytes=54321,
        held_out_metrics={"val/accuracy": 0.875},
    )
