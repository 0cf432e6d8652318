"""One loop that measures any codec, learned or classical, over a set of pictures, and one JSON schema for the result.

    pictures x codecs ──► encode ──► sizes ──► decode ──► PSNR, SSIM, MS-SSIM ──► Evaluation ──► JSON

Headline rates are those of whole files; the estimated and the coded rate stand beside them where a codec knows them.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from compressible.codecs.base import Codec
from compressible.images import read_image
from compressible.metrics.curves import RDCurve, RDPoint
from compressible.metrics.psnr import psnr
from compressible.reports import schema
from compressible.reports.environment import Dataset, Environment, record_dataset, record_environment

SCHEMA = "compressible-evaluation-1"
Metric = Literal["psnr", "ssim", "ms_ssim"]


@dataclass(frozen=True)
class ImageResult:
    """One picture through one codec. Rates are in bits a pixel.

    Attributes:
        image: file name.
        width: in pixels.
        height: in pixels.
        estimated: rate by the cross-entropy, or None where the codec has none.
        coded: rate of the entropy-coded payload, or None where the codec does not tell it.
        file: rate of all bytes.
        psnr: in dB; infinite where the picture came back exactly.
        ssim: None ("n/a") where a side is shorter than 11 pixels.
        ms_ssim: None ("n/a") where a side is shorter than 176 pixels.
        encode_seconds: wall time of ``Codec.encode``.
        decode_seconds: wall time of ``Codec.decode``.
    """

    image: str
    width: int
    height: int
    estimated: float | None
    coded: float | None
    file: float
    psnr: float
    ssim: float | None
    ms_ssim: float | None
    encode_seconds: float
    decode_seconds: float


@dataclass(frozen=True)
class CodecResult:
    """One codec, at one setting, over all pictures.

    Attributes:
        family: the curve that it is a point of.
        codec: family and setting.
        details: settings, or the hash of a model.
        images: one result a picture.
    """

    family: str
    codec: str
    details: Mapping[str, str]
    images: tuple[ImageResult, ...]

    def __post_init__(self) -> None:
        if not self.images:
            raise ValueError(f"'{self.codec}' has no results")

    def point(self, metric: Metric) -> RDPoint | None:
        """Mean file rate and mean metric; None unless every picture has the metric."""
        values = [value for value in (getattr(image, metric) for image in self.images) if value is not None]
        if len(values) < len(self.images):
            return None
        return RDPoint.mean([image.file for image in self.images], values)


@dataclass(frozen=True)
class Evaluation:
    """Codecs over one data set.

    Attributes:
        schema: name and version of the JSON layout.
        environment: where, when and by what it was measured.
        dataset: what on.
        codecs: one result a codec, those of a family in the order in which they were given.
    """

    schema: str
    environment: Environment
    dataset: Dataset
    codecs: tuple[CodecResult, ...]

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            raise ValueError(f"the schema is '{self.schema}', and this version reads '{SCHEMA}'")

    def curves(self, metric: Metric) -> tuple[RDCurve, ...]:
        """One curve a family, without settings for which the metric is not available."""
        points: dict[str, list[RDPoint]] = {}
        for result in self.codecs:
            if (point := result.point(metric)) is not None:
                points.setdefault(result.family, []).append(point)
        return tuple(RDCurve(name, of_family) for name, of_family in points.items())


def evaluate(
    families: Mapping[str, Sequence[Codec]],
    files: Sequence[Path],
    dataset: str,
    command: Sequence[str] | None = None,
) -> Evaluation:
    """Measure codecs over picture files.

    Each codec first codes one picture untimed, so that times are those of a loaded model and warm libraries.

    Args:
        families: codecs by the name of the curve they make up.
        files: pictures.
        dataset: name of the set of pictures.
        command: command line to record, by default that of the process.

    Raises:
        ImageError: if a file cannot be read; all are read once before the first is encoded.
        ValueError: if there is nothing to do, or a codec cannot encode a picture or returns one of another size.
    """
    codecs = [(family, codec) for family, members in families.items() for codec in members]
    files = sorted(files, key=lambda path: path.name)
    if not codecs or not files:
        raise ValueError(f"an evaluation needs codecs and pictures, got {len(codecs)} and {len(files)}")
    # Before the work: during a long run the checkout may move on, and the code in memory does not.
    environment = record_environment(command)
    notes = [f"{path.name}: {note}" for path in files for note in read_image(path).notes]
    record = record_dataset(dataset, files, notes)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), *Progress.get_default_columns()[1:2], MofNCompleteColumn())
    results: list[CodecResult] = []
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=len(codecs) * len(files))
        for family, codec in codecs:
            progress.update(task, description=codec.name)
            codec.decode(codec.encode(read_image(files[0]).pixels))
            images: list[ImageResult] = []
            for path in files:
                images.append(_measure(codec, path))
                progress.advance(task)
            results.append(CodecResult(family, codec.name, dict(codec.details), tuple(images)))
    return Evaluation(SCHEMA, environment, record, tuple(results))


def save_evaluation(path: str | Path, evaluation: Evaluation) -> None:
    """Write the JSON file, atomically."""
    schema.save(path, evaluation)


def load_evaluation(path: str | Path) -> Evaluation:
    """Read and check a JSON file. Raises ``SchemaError``, which names the field that is wrong."""
    return schema.load(path, Evaluation)


def similarities(x: np.ndarray, y: np.ndarray) -> tuple[float | None, float | None]:
    """SSIM and MS-SSIM of two (h, w, 3) uint8 pictures, each None where they are too small for it."""
    # Imported here so that reading and tabulating results does without torch.
    import torch

    from compressible.metrics import ssim as similarity

    a, b = (torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255 for image in (x, y))
    shortest = min(x.shape[:2])
    ssim = similarity.ssim(a, b).item() if shortest >= similarity.WINDOW else None
    ms_ssim = similarity.ms_ssim(a, b).item() if shortest >= similarity.MS_SSIM_MINIMUM_SIDE else None
    # float32 can end one step above 1 on pictures that are equal.
    return (None if ssim is None else _rounded(min(ssim, 1.0))), (
        None if ms_ssim is None else _rounded(min(ms_ssim, 1))
    )


def _measure(codec: Codec, path: Path) -> ImageResult:
    pixels = read_image(path).pixels
    start = time.perf_counter()
    data = codec.encode(pixels)
    encoded = time.perf_counter()
    decoded = codec.decode(data)
    end = time.perf_counter()
    height, width = pixels.shape[:2]
    if decoded.shape != pixels.shape:
        raise ValueError(f"{codec.name} made {decoded.shape} of {path.name}, which is {pixels.shape}")
    sizes = codec.sizes(data)
    ssim, ms_ssim = similarities(pixels, decoded)
    return ImageResult(
        image=path.name,
        width=width,
        height=height,
        estimated=None if sizes.estimated is None else _rounded(sizes.estimated / (height * width)),
        coded=None if sizes.coded is None else _rounded(8 * sizes.coded / (height * width)),
        file=_rounded(8 * sizes.file / (height * width)),
        psnr=_rounded(psnr(pixels, decoded)),
        ssim=ssim,
        ms_ssim=ms_ssim,
        encode_seconds=_rounded(encoded - start),
        decode_seconds=_rounded(end - encoded),
    )


def _rounded(value: float) -> float:
    """To seven decimals: below what float32 metrics tell apart, and the files stay readable."""
    return round(value, 7)
