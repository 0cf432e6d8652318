"""Against the filters of the 9/7 wavelet, which follow from factors of a polynomial and not from lifting."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.models import Wavelet
from compressible.models.wavelet import merge, split


def filters() -> tuple[np.ndarray, np.ndarray]:
    """Analysis filters of the low (9 taps) and of the high band (7 taps).

    Daubechies 1992, "Ten Lectures on Wavelets", section 8.3: with y = sin^2(w / 2), both low-pass filters have the
    factor cos^4(w / 2); of 1 + 4 y + 10 y^2 + 20 y^3 the one has the real root and the other the complex pair.
    """
    y, half = np.array([-0.25, 0.5, -0.25]), np.array([0.25, 0.5, 0.25])
    roots = np.roots([20, 10, 4, 1])
    (real,) = roots[np.abs(roots.imag) < 1e-9].real
    pair = roots[roots.imag > 1e-9][0]
    linear = np.array([0, 1, 0]) - y / real
    quadratic = np.convolve(y, y) / abs(pair) ** 2 - np.pad(y, 1) * 2 * (1 / pair).real
    quadratic[2] += 1
    smooth = np.sqrt(2) * np.convolve(half, half)
    low, synthesis = np.convolve(smooth, quadratic), np.convolve(smooth, linear)
    return low, synthesis * (-1.0) ** np.arange(-3, 4)


def analysis_matrix(size: int) -> np.ndarray:
    """Low half and high half of signals of this length, mirrored at their last samples."""
    low, high = filters()
    mirrored = np.pad(np.eye(size), ((0, 0), (4, 4)), mode="reflect")
    lows = [mirrored[:, i : i + 9] @ low for i in range(0, size, 2)]
    highs = [mirrored[:, i + 2 : i + 9] @ high for i in range(0, size, 2)]
    return np.stack([*lows, *highs])


def test_the_filters_are_the_published_ones() -> None:
    """Antonini et al. 1992, table II, scaled by the root of 2."""
    low, high = filters()
    np.testing.assert_allclose(low[4:] / np.sqrt(2), [0.602949, 0.266864, -0.078223, -0.016864, 0.026749], atol=1e-6)
    np.testing.assert_allclose(high[3:] / np.sqrt(2), [0.557543, -0.295636, -0.028772, 0.045636], atol=1e-6)


@given(st.integers(1, 20))
def test_lifting_is_filtering(half: int) -> None:
    low, high = split(torch.eye(2 * half, dtype=torch.float64))
    np.testing.assert_allclose(torch.cat([low, high], -1).mT.numpy(), analysis_matrix(2 * half), atol=1e-12)


@given(st.integers(1, 20))
def test_merging_undoes_splitting(half: int) -> None:
    x = torch.randn(3, 2 * half, dtype=torch.float64)
    torch.testing.assert_close(merge(*split(x)), x, atol=1e-12, rtol=0)


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))
def test_the_inverse_gives_back_what_was_there(levels: int, rows: int, columns: int) -> None:
    transform = Wavelet(levels)
    x = torch.randn(2, 3, rows * 2**levels, columns * 2**levels)
    z = transform(x)
    assert z.shape == (2, 3 * 4**levels, rows, columns)
    torch.testing.assert_close(transform.inverse(z), x, atol=1e-4, rtol=0)


def test_channels_are_bands_from_coarse_to_fine() -> None:
    """Two levels, each the product of two matrices; the finer bands are folded four to a place."""
    x = torch.randn(1, 2, 8, 12, dtype=torch.float64)
    z = Wavelet(2)(x)
    for plane, found in zip(x[0].numpy(), z[0].unflatten(0, (2, 16)).numpy(), strict=True):
        fine = analysis_matrix(8) @ plane @ analysis_matrix(12).T
        coarse = analysis_matrix(4) @ fine[:4, :6] @ analysis_matrix(6).T
        for band, expected in enumerate((coarse[:2, :3], coarse[2:, :3], coarse[:2, 3:], coarse[2:, 3:])):
            np.testing.assert_allclose(found[band], expected, atol=1e-11)
        for band, expected in enumerate((fine[4:, :6], fine[:4, 6:], fine[4:, 6:])):
            for i in range(2):
                for j in range(2):
                    np.testing.assert_allclose(found[4 + 4 * band + 2 * i + j], expected[i::2, j::2], atol=1e-11)


def test_one_level_at_least() -> None:
    with pytest.raises(ValueError, match="levels"):
        Wavelet(0)
