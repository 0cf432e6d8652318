"""SSIM and multi-scale SSIM, differentiable, in float32 even under autocast: variances are differences of near-equals.

    x, y ─► Gaussian 11x11 means, variances, covariance ─► l * cs ─► mean                              (SSIM)
    x, y ─► cs at scales 1..4 (halved by 2x2 means), l * cs at scale 5 ─► product of powers            (MS-SSIM)

Wang et al. 2004, "Image Quality Assessment: From Error Visibility to Structural Similarity"; Wang, Simoncelli & Bovik
2003, "Multi-Scale Structural Similarity for Image Quality Assessment", eq. (7) with the weights of section 3.2.
"""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW = 11
MS_SSIM_MINIMUM_SIDE = WINDOW * 2 ** (len(MS_SSIM_WEIGHTS) - 1)
"""176: the window must fit inside the image at the coarsest scale."""
BLOCK = 512
"""Columns filtered in one matrix product, which bounds the size of the matrix."""


def ssim(x: Tensor, y: Tensor) -> Tensor:
    """SSIM of each image, (b,), of two batches (b, c, h, w) with values in 0..1; channels are averaged.

    Raises:
        ValueError: if a side is shorter than the window of 11 pixels.
    """
    if min(x.shape[-2:]) < WINDOW:
        raise ValueError(f"SSIM needs sides of at least {WINDOW} pixels, got {x.shape[-2]} x {x.shape[-1]}")
    with torch.autocast(x.device.type, enabled=False):
        luminance, contrast = _components(x.float(), y.float())
        return (luminance * contrast).mean((1, 2, 3))


def ms_ssim(x: Tensor, y: Tensor) -> Tensor:
    """MS-SSIM of each image, (b,), of two batches (b, c, h, w) with values in 0..1; channels are averaged.

    Raises:
        ValueError: if a side is shorter than 176 pixels.
    """
    if min(x.shape[-2:]) < MS_SSIM_MINIMUM_SIDE:
        raise ValueError(
            f"MS-SSIM needs sides of at least {MS_SSIM_MINIMUM_SIDE} pixels, got {x.shape[-2]} x {x.shape[-1]}"
        )
    with torch.autocast(x.device.type, enabled=False):
        x, y = x.float(), y.float()
        result = x.new_ones(x.shape[0])
        for scale, weight in enumerate(MS_SSIM_WEIGHTS):
            luminance, contrast = _components(x, y)
            last = scale == len(MS_SSIM_WEIGHTS) - 1
            value = (luminance * contrast if last else contrast).mean((1, 2, 3))
            # A negative mean has no real power, and at zero the power has an infinite slope.
            result = result * value.clamp(min=1e-6) ** weight
            if not last:
                x, y = _halve(x), _halve(y)
        return result


def _components(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Luminance and contrast-structure maps, (b, c, h - 10, w - 10)."""
    c1, c2 = 0.01**2, 0.03**2
    mean_x, mean_y, xx_yy, xy = _blur(torch.stack([x, y, x * x + y * y, x * y]))
    squares, product = mean_x**2 + mean_y**2, mean_x * mean_y
    luminance = (2 * product + c1) / (squares + c1)
    contrast = (2 * (xy - product) + c2) / (xx_yy - squares + c2)
    return luminance, contrast


def _blur(maps: Tensor) -> Tensor:
    """Separable Gaussian, sigma 1.5, valid region only, over the last two axes."""
    return _blur_rows(_blur_rows(maps).mT).mT


def _blur_rows(maps: Tensor) -> Tensor:
    """Gaussian along the last axis, as products of blocks of columns with a band matrix.

    A convolution of one channel with one 11-tap filter is 20 times slower on CPUs than these products.
    """
    width = maps.shape[-1] - WINDOW + 1
    blocks = []
    for start in range(0, width, BLOCK):
        size = min(BLOCK, width - start)
        blocks.append(maps[..., start : start + size + WINDOW - 1] @ _band(size).to(maps))
    return torch.cat(blocks, -1)


@cache
def _band(size: int) -> Tensor:
    """Band matrix (size + 10, size) whose columns hold the window, one step lower each."""
    offsets = torch.arange(WINDOW) - WINDOW // 2
    window = torch.exp(-(offsets**2) / (2 * 1.5**2))
    band = torch.zeros(size + WINDOW - 1, size)
    for column in range(size):
        band[column : column + WINDOW, column] = window / window.sum()
    return band


def _halve(x: Tensor) -> Tensor:
    """2x2 means; an odd last row or column is left out."""
    return F.avg_pool2d(x, 2)
