import numpy as np
import pytest
import skimage.data
import torch
from scipy.ndimage import correlate1d
from skimage.metrics import structural_similarity
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from compressible.metrics.ssim import ms_ssim, ssim

PHOTO = skimage.data.astronaut()[:200, 100:301]
RNG = np.random.default_rng(0)


def to_tensor(*images: np.ndarray) -> torch.Tensor:
    return torch.stack([torch.from_numpy(image.copy()).permute(2, 0, 1) for image in images]) / 255


def noisy(image: np.ndarray, deviation: float) -> np.ndarray:
    return np.clip(image + RNG.normal(0, deviation, image.shape), 0, 255).astype(np.uint8)


def filtered(image: np.ndarray) -> np.ndarray:
    """Gaussian of 11 taps over the valid region, in float64."""
    taps = np.exp(-(np.arange(-5, 6) ** 2) / 4.5)
    for axis in (0, 1):
        image = correlate1d(image, taps / taps.sum(), axis=axis)
    return image[5:-5, 5:-5]


def ms_ssim_of_the_paper(x: np.ndarray, y: np.ndarray) -> float:
    """Wang, Simoncelli & Bovik 2003, eqs. (1) to (3) and (7), channel by channel as in Wang et al. 2004's means."""
    x, y = x / 255, y / 255
    result = 1.0
    for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        mx, my = filtered(x), filtered(y)
        vx, vy, cov = filtered(x * x) - mx**2, filtered(y * y) - my**2, filtered(x * y) - mx * my
        luminance = (2 * mx * my + 0.01**2) / (mx**2 + my**2 + 0.01**2)
        structure = (2 * cov + 0.03**2) / (vx + vy + 0.03**2)
        result *= np.mean(luminance * structure if scale == 4 else structure) ** weight
        h, w = x.shape[0] // 2, x.shape[1] // 2
        x, y = (image[: 2 * h, : 2 * w].reshape(h, 2, w, 2, 3).mean((1, 3)) for image in (x, y))
    return float(result)


@pytest.mark.parametrize("size", [(11, 11), (64, 37), (200, 201)])
@pytest.mark.parametrize("deviation", [1, 20, 80])
def test_ssim_agrees_with_scikit_image(size: tuple[int, int], deviation: float) -> None:
    x = PHOTO[: size[0], : size[1]]
    y = noisy(x, deviation)
    full = structural_similarity(
        x, y, data_range=255, channel_axis=-1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )[1]
    expected = full[5:-5, 5:-5].mean()
    # A single window of float32 keeps four digits of a variance that is the difference of two squares.
    assert ssim(to_tensor(x), to_tensor(y)).item() == pytest.approx(expected, abs=1e-4)


def test_ssim_of_a_picture_wider_than_a_block() -> None:
    x = np.tile(PHOTO[:16], (1, 6, 1))
    y = noisy(x, 30)
    full = structural_similarity(
        x, y, data_range=255, channel_axis=-1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )[1]
    assert ssim(to_tensor(x), to_tensor(y)).item() == pytest.approx(full[5:-5, 5:-5].mean(), abs=2e-5)


@pytest.mark.parametrize(("size", "deviation"), [((176, 176), 2), ((200, 201), 30), ((177, 190), 90)])
def test_ms_ssim_agrees_with_the_paper_and_with_torchmetrics(size: tuple[int, int], deviation: float) -> None:
    x = PHOTO[: size[0], : size[1]]
    y = noisy(x, deviation)
    a, b = to_tensor(x), to_tensor(y)
    ours = ms_ssim(a, b).item()
    assert ours == pytest.approx(ms_ssim_of_the_paper(x, y), abs=2e-5)
    theirs = multiscale_structural_similarity_index_measure(a, b, data_range=1.0)
    # torchmetrics means the coarsest scale over a border of reflected pixels too, where the paper has no window.
    assert ours == pytest.approx(float(theirs), abs=2e-3)


@pytest.mark.parametrize(("metric", "side"), [(ssim, 24), (ms_ssim, 176)])
def test_gradient_by_finite_differences(metric, side: int) -> None:
    """Along a random direction: the metric is float32, so single entries would drown in rounding."""
    x = to_tensor(PHOTO[:side, :side])
    y = to_tensor(noisy(PHOTO[:side, :side], 25)).requires_grad_()
    metric(x, y).sum().backward()
    assert y.grad is not None
    direction = y.grad / y.grad.norm()
    step = 0.05
    with torch.no_grad():
        slope = (metric(x, y + step * direction) - metric(x, y - step * direction)).item() / (2 * step)
    assert slope == pytest.approx((y.grad * direction).sum().item(), rel=0.02)
    across = torch.randn_like(y) * y.grad.abs().mean() + y.grad
    across /= across.norm()
    with torch.no_grad():
        slope = (metric(x, y + step * across) - metric(x, y - step * across)).item() / (2 * step)
    assert slope == pytest.approx((y.grad * across).sum().item(), rel=0.03)


@pytest.mark.parametrize("metric", [ssim, ms_ssim])
def test_identity_symmetry_and_independence_of_the_batch(metric) -> None:
    x, y = PHOTO[:180, :180], noisy(PHOTO[:180, :180], 30)
    a, b = to_tensor(x, y), to_tensor(y, y)
    both = metric(a, b)
    assert both.shape == (2,)
    assert both[1].item() == pytest.approx(1, abs=1e-5)
    assert metric(b, a)[0].item() == pytest.approx(both[0].item(), abs=1e-5)
    assert metric(a[:1], b[:1]).item() == pytest.approx(both[0].item(), abs=1e-6)


@pytest.mark.parametrize("metric", [ssim, ms_ssim])
def test_gradients_stay_finite_where_the_structure_is_opposite(metric) -> None:
    x = to_tensor(PHOTO[:176, :176])
    y = (1 - x).requires_grad_()
    metric(x, y).sum().backward()
    assert y.grad is not None
    assert torch.isfinite(y.grad).all()


@pytest.mark.parametrize(("metric", "side"), [(ssim, 11), (ms_ssim, 176)])
def test_too_small_pictures_are_refused(metric, side: int) -> None:
    x = torch.rand(1, 3, side, side)
    metric(x, x)
    for small in (x[..., 1:], x[..., 1:, :]):
        with pytest.raises(ValueError, match=f"at least {side} pixels"):
            metric(small, small)
