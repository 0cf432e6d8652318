"""What the shipped models' weight files save, and what that costs.

model in half precision ─┬─► as it is ──────────► held-out photographs ─┐
                         └─► at each tolerance ─► held-out photographs ─┴─► losses ─► the smallest that does no harm
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path
from statistics import fmean

from compressible.reports.environment import Dataset, Environment
from compressible.reports.evaluation import CodecResult, ImageResult
from compressible.reports.schema import load, save
from compressible.reports.tables import markdown

SCHEMA = "compressible-model-sizes-1"
LIMIT = 0.02
"""What a stored model may lose, in dB of PSNR and in dB of MS-SSIM, as means over photographs."""
RATE_LIMIT = 0.001
"""By which share its files may be larger."""


@dataclass(frozen=True)
class Trial:
    """A model with its kernels quantized.

    Attributes:
        tolerance: what ``codecs.shrinking`` was told.
        hash: of the model.
        bytes: of its file.
        psnr_loss: against the model in half precision, in dB; negative where it is better.
        ms_ssim_loss: the same of -10 log10(1 - MS-SSIM).
        rate_rise: by which share the files of pictures are larger; negative where they are smaller.
    """

    tolerance: float
    hash: str
    bytes: int
    psnr_loss: float
    ms_ssim_loss: float
    rate_rise: float

    @property
    def harmless(self) -> bool:
        """Whether all losses are below the limits."""
        return max(self.psnr_loss, self.ms_ssim_loss) < LIMIT and self.rate_rise <= RATE_LIMIT


@dataclass(frozen=True)
class ModelSize:
    """One shipped model.

    Attributes:
        model: its name.
        environment: where and by what it was measured.
        photographs: on what; none of them was trained on.
        safetensors_bytes: of the model in half precision, as safetensors.
        lossless_bytes: of the same as a weight file with all tensors kept bit for bit.
        trials: all that was tried.
    """

    model: str
    environment: Environment
    photographs: Dataset
    safetensors_bytes: int
    lossless_bytes: int
    trials: tuple[Trial, ...]

    def __post_init__(self) -> None:
        if not any(trial.harmless for trial in self.trials):
            raise ValueError(f"every tolerance that was tried does {self.model} more harm than {LIMIT} dB")

    @property
    def shipped(self) -> Trial:
        """The smallest harmless one."""
        return min((trial for trial in self.trials if trial.harmless), key=lambda trial: trial.bytes)


@dataclass(frozen=True)
class ModelSizes:
    """All shipped models.

    Attributes:
        schema: name and version of the JSON layout.
        models: in the order of their names.
    """

    schema: str
    models: tuple[ModelSize, ...]

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            raise ValueError(f"the schema is '{self.schema}', and this version reads '{SCHEMA}'")


def add_model(path: Path, measured: ModelSize) -> None:
    """Write ``measured`` to the JSON file at ``path``, in place of what it says of that model, if it does."""
    others = load(path, ModelSizes).models if path.exists() else ()
    models = (*(other for other in others if other.model != measured.model), measured)
    save(path, ModelSizes(SCHEMA, tuple(sorted(models, key=lambda model: model.model))))


def compare(before: CodecResult, after: CodecResult, tolerance: float, model_bytes: int) -> Trial:
    """What a model lost, measured on the same pictures before and after.

    Raises:
        ValueError: if a picture is too small for MS-SSIM.
    """
    rates = [fmean(image.file for image in result.images) for result in (before, after)]
    return Trial(
        tolerance=tolerance,
        hash=after.details["hash"],
        bytes=model_bytes,
        psnr_loss=_loss([image.psnr for image in before.images], [image.psnr for image in after.images]),
        ms_ssim_loss=_loss(_decibels(before.images), _decibels(after.images)),
        rate_rise=round(rates[1] / rates[0] - 1, 6),
    )


def sizes_table(sizes: ModelSizes) -> str:
    """One row a model."""
    columns = (
        *("model", "half precision", "weight file, lossless", "weight file, shipped", "saved"),
        *("PSNR lost", "MS-SSIM lost", "rate"),
    )
    rows = [
        (
            f"`{model.model}`",
            *(f"{size:,}" for size in (model.safetensors_bytes, model.lossless_bytes, model.shipped.bytes)),
            f"{100 * (1 - model.shipped.bytes / model.safetensors_bytes):.0f} %",
            f"{model.shipped.psnr_loss:.3f} dB",
            f"{model.shipped.ms_ssim_loss:.3f} dB",
            f"{100 * model.shipped.rate_rise:+.2f} %",
        )
        for model in sizes.models
    ]
    return markdown(columns, rows)


def sizes_sentence(sizes: ModelSizes) -> str:
    """The table in a sentence."""
    before, after = (
        fmean(numbers) / 1e6
        for numbers in zip(*((m.safetensors_bytes, m.shipped.bytes) for m in sizes.models), strict=True)
    )
    worst = max(max(m.shipped.psnr_loss, m.shipped.ms_ssim_loss) for m in sizes.models)
    return (
        f"They are stored as weight files themselves, {after:.1f} MB each instead of {before:.1f} MB in half precision;"
        f" on held-out photographs that costs at most {worst:.3f} dB of PSNR or MS-SSIM."
    )


def _loss(before: Sequence[float], after: Sequence[float]) -> float:
    return round(fmean(before) - fmean(after), 6)


def _decibels(images: Sequence[ImageResult]) -> list[float]:
    found = [image.ms_ssim for image in images if image.ms_ssim is not None]
    if len(found) < len(images):
        raise ValueError("a photograph is too small for MS-SSIM")
    return [-10 * log10(1 - value) for value in found]
