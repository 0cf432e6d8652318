"""The 9/7 wavelet of Cohen, Daubechies & Feauveau by lifting, the transform of lossy JPEG 2000.

    x ─► even, odd ─► odd += alpha (even + next even) ─► even += beta (odd + odd before) ─► the same with gamma, delta
      ─► low = zeta even, high = odd / zeta          rows, then columns ─► 1 low and 3 high bands ─► again the low one

Daubechies & Sweldens 1998, "Factoring wavelet transforms into lifting steps", section 7.7. Beyond an edge a signal is
mirrored at its last sample. With these scales the transform is nearly orthonormal: one step for all bands is right.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.models.transform import Transform

STEPS = ((-1.586134342059924, -0.052980118572961), (0.882911075530934, 0.443506852043971))
"""(alpha, beta), (gamma, delta)."""
ZETA = 1.149604398860241


class Wavelet(Transform):
    """Bands of a dyadic decomposition, coarsest first: 1 channel of the lowest, then 3, 12, 48 ... of each level.

    Finer bands have more samples at a place of z, and so as many channels more.

    Args:
        levels: how often the lowest band is split; s is 2^levels.
    """

    halo = 4

    def __init__(self, levels: int = 4) -> None:
        super().__init__()
        if levels < 1:
            raise ValueError(f"levels must be positive, got {levels}")
        self.levels = levels
        self.stride = 2**levels

    def forward(self, x: Tensor) -> Tensor:
        """Coefficients (b, c s^2, h/s, w/s) of ``x`` (b, c, h, w)."""
        low, bands = x.flatten(0, 1)[:, None], list[Tensor]()
        for finer in range(self.levels - 1, -1, -1):
            low, high = analyse(low)
            bands.append(F.pixel_unshuffle(high, 2**finer))
        return torch.cat([low, *reversed(bands)], 1).unflatten(0, x.shape[:2]).flatten(1, 2)

    def inverse(self, z: Tensor) -> Tensor:
        """The ``x`` whose coefficients are ``z``."""
        bands = z.unflatten(1, (-1, self.stride**2)).flatten(0, 1)
        low = bands[:, :1]
        for finer in range(self.levels):
            low = synthesise(low, F.pixel_shuffle(bands[:, 4**finer : 4 ** (finer + 1)], 2**finer))
        return low.unflatten(0, (z.shape[0], -1)).flatten(1, 2)


def analyse(x: Tensor) -> tuple[Tensor, Tensor]:
    """Low band (n, 1, h/2, w/2) and high bands (n, 3, h/2, w/2) of pictures (n, 1, h, w)."""
    quarters = [band.mT for half in split(x) for band in split(half.mT)]
    return quarters[0], torch.cat(quarters[1:], 1)


def synthesise(low: Tensor, high: Tensor) -> Tensor:
    """Inverse of ``analyse``."""
    quarters = [band.mT for band in (low, *high.split(1, 1))]
    return merge(merge(*quarters[:2]).mT, merge(*quarters[2:]).mT)


def split(x: Tensor) -> tuple[Tensor, Tensor]:
    """Low and high half of signals along the last axis, whose length is even."""
    even, odd = x[..., ::2], x[..., 1::2]
    for predict, update in STEPS:
        odd = odd + predict * (even + _next(even))
        even = even + update * (odd + _previous(odd))
    return even * ZETA, odd / ZETA


def merge(low: Tensor, high: Tensor) -> Tensor:
    """Inverse of ``split``."""
    even, odd = low / ZETA, high * ZETA
    for predict, update in reversed(STEPS):
        even = even - update * (odd + _previous(odd))
        odd = odd - predict * (even + _next(even))
    return torch.stack([even, odd], -1).flatten(-2)


def _next(x: Tensor) -> Tensor:
    return torch.cat([x[..., 1:], x[..., -1:]], -1)


def _previous(x: Tensor) -> Tensor:
    return torch.cat([x[..., :1], x[..., :-1]], -1)
