"""Fixed transforms as codecs: JPEG's pixels from our pieces, tables by hand, and a model file."""

from pathlib import Path

import numpy as np
import pytest
from skimage.data import chelsea

from compressible.codecs.calibration import calibrated
from compressible.codecs.exported import Card, load_model, save_model
from compressible.codecs.jpeg import Jpeg
from compressible.codecs.learned import LearnedCodec
from compressible.instantiate import instantiate
from compressible.metrics.psnr import psnr
from compressible.rates import StaticCoder


def node(quality: int) -> dict[str, object]:
    return {
        "_target_": "compressible.models.TransformAutoencoder",
        "transform": {"_target_": "compressible.models.BlockDct", "size": 8},
        "partition": {"_target_": "compressible.partitions.Patches", "height": 1, "width": 1},
        "quantizer": {
            "_target_": "compressible.quantizers.Perceptual",
            "_partial_": True,
            "steps": {"_target_": "compressible.quantizers.jpeg_steps", "quality": quality},
        },
    }


@pytest.mark.parametrize("quality", [10, 50, 90])
def test_decoded_pictures_are_those_of_jpeg(quality: int) -> None:
    """Up to rounding: libjpeg's colours and pixels are integers before and after the transform."""
    image = chelsea()[:240, :320]
    ours, theirs = calibrated(instantiate(node(quality)), [image], "ours"), Jpeg(quality)
    decoded, reference = ours.decode(ours.encode(image)), theirs.decode(theirs.encode(image))
    assert np.abs(decoded.astype(int) - reference).mean() < 1
    assert psnr(decoded, reference) > psnr(image, reference) + 3
    assert psnr(image, decoded) == pytest.approx(psnr(image, reference), abs=0.15)
    shuffled = calibrated(instantiate(node(quality // 2)), [image], "another quality")
    assert psnr(image, shuffled.decode(shuffled.encode(image))) < psnr(image, reference) - 0.15


def test_tables_are_counts_of_the_photographs_and_half_a_count() -> None:
    """A gray picture has nothing but zeros, 12 blocks of them, in each of 192 groups."""
    gray = np.full((24, 32, 3), 128, np.uint8)
    codec = calibrated(instantiate(node(50)), [gray, gray], "gray")
    blocks = 2 * 12
    bits = sum(12 * np.log2((blocks + 0.5 * size) / (blocks + 0.5)) for size in codec.alphabet)
    estimated = codec.sizes(codec.encode(gray)).estimated
    assert estimated == pytest.approx(bits, rel=1e-3)


def test_a_model_of_fixed_transforms_is_a_file_like_any_other(tmp_path: Path) -> None:
    image = chelsea()[:67, :91]
    network = instantiate(node(50)).eval()
    codec = calibrated(network, [image], "dct")
    alphabet = codec.alphabet
    pmf = np.arange(max(alphabet))[None] < np.array(alphabet)[:, None]
    coder = StaticCoder.from_pmf(pmf.astype(float), alphabet)
    path = tmp_path / "dct.cmpw"
    save_model(path, "dct", node(50), network, (coder,), Card(title="a block DCT"))
    read = LearnedCodec(load_model(path))
    assert np.array_equal(read.decode(read.encode(image)), codec.decode(codec.encode(image)))
