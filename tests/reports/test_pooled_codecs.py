import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compressible.metrics.psnr import psnr
from compressible.reports.environment import Dataset
from compressible.reports.pooled_codecs import CODECS, measure
from compressible.reports.schema import load, save

DATASET = Dataset("made up", "0" * 64, 1)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    draw = np.random.default_rng(0)
    coarse = draw.integers(0, 256, (3, 6, 6, 3), dtype=np.uint8)
    return np.stack([np.array(Image.fromarray(own).resize((32, 32), Image.Resampling.BICUBIC)) for own in coarse])


def test_all_images_are_counted_together(images: np.ndarray, tmp_path: Path) -> None:
    measured = measure(images, DATASET)
    assert (measured.images, measured.pixels) == (3, 1024)
    assert [curve.name for curve in measured.curves()] == list(CODECS)
    for setting in measured.settings:
        assert 0 < setting.payload_bytes < setting.file_bytes
    (jpeg,) = [own for own in measured.settings if own.codec == "jpeg444-q30-standard"]
    files = []
    for image in images:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=30, subsampling=0, optimize=False)
        files.append(file)
    assert jpeg.file_bytes == sum(len(file.getvalue()) for file in files)
    decoded = np.concatenate([np.array(Image.open(file)) for file in files])
    point = [p for p in measured.curves()[0].points if p.value == pytest.approx(psnr(np.concatenate(images), decoded))]
    assert [p.bpp for p in point] == [8 * jpeg.payload_bytes / (3 * 1024)]
    save(tmp_path / "pooled.json", measured)
    assert load(tmp_path / "pooled.json", type(measured)) == measured


def test_higher_qualities_cost_more_and_err_less(images: np.ndarray) -> None:
    for curve in measure(images, DATASET).curves():
        values = [point.value for point in curve.points]
        assert values[-1] > values[0] + 3
