import math

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from compressible.metrics.psnr import psnr

RNG = np.random.default_rng(0)


def test_agrees_with_scikit_image() -> None:
    x, y = RNG.integers(0, 256, (2, 31, 17, 3), dtype=np.uint8)
    assert psnr(x, y) == pytest.approx(peak_signal_noise_ratio(x, y, data_range=255), rel=1e-12)


@pytest.mark.parametrize(("difference", "expected"), [(255, 0.0), (1, 48.1308036), (16, 24.0484)])
def test_hand_values(difference: int, expected: float) -> None:
    x = np.zeros((4, 5, 3), np.uint8)
    assert psnr(x, x + np.uint8(difference)) == pytest.approx(expected, abs=1e-4)
    assert psnr(x + np.uint8(difference), x) == pytest.approx(expected, abs=1e-4)


def test_identical_pictures_are_infinitely_good() -> None:
    x = RNG.integers(0, 256, (4, 5, 3), dtype=np.uint8)
    assert psnr(x, x.copy()) == math.inf


def test_refusals() -> None:
    x = np.zeros((4, 5, 3), np.uint8)
    for other in (x[:3], x.astype(np.float32)):
        with pytest.raises(ValueError, match="PSNR"):
            psnr(x, other)
    with pytest.raises(ValueError, match="PSNR"):
        psnr(x[:0], x[:0])
