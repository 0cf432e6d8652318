"""Peak signal-to-noise ratio of 8-bit pictures: 10 log10(255^2 / mean squared error), over all pixels and channels."""

import math

import numpy as np


def psnr(x: np.ndarray, y: np.ndarray) -> float:
    """PSNR in dB of two uint8 pictures of one shape; infinite if they are identical.

    A mean over pictures of which one is reproduced exactly is then infinite too, not silently smaller.

    Raises:
        ValueError: if shapes differ, nothing is there to compare, or a picture is not uint8.
    """
    if x.dtype != np.uint8 or y.dtype != np.uint8:
        raise ValueError(f"PSNR compares uint8 pictures, got {x.dtype} and {y.dtype}")
    if x.shape != y.shape or x.size == 0:
        raise ValueError(f"PSNR needs two pictures of one shape, got {x.shape} and {y.shape}")
    error = np.mean((x.astype(np.float64) - y) ** 2)
    return 10 * math.log10(255**2 / error) if error > 0 else math.inf
