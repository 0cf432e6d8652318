"""The codeword of a pyramid whose direction is nearest to that of a vector.

    a = |z| ──► floor(a (K + 0.8) / sum a) ──► pulses are added until they are K ──► y
            ──► round(a |y|^2 / (a.y)) ──► pulses are added or taken until they are K ──► y' if its cosine is larger

Each pulse goes where the cosine stays largest. The first line is the search of CELT (RFC 6716, section 5.3.8; Valin et
al. 2013, "High-quality, low-delay music coding in the Opus codec"); the second starts anew from the length that
brings a closest to y. Not always the best codeword, but nearly always.
"""

import torch
from torch import Tensor

from compressible.quantizers.nearest_code import pairwise_sum

CHUNK_ELEMENTS = 1 << 17
"""Entries worked on at a time: 1 MiB in float64, which stays in the caches."""
_SURPLUS = 0.8
"""Of pulses, before fractions are cut off: fewer are left to add, and a codeword finds itself in spite of rounding."""


@torch.no_grad()
def nearest_on_pyramid(z: Tensor, pulses: int) -> Tensor:
    """Vectors of integers whose absolute values sum to ``pulses``, int64 of the shape of ``z``.

    Each depends on its own vector alone. Zero gets all pulses in its first entry.

    Args:
        z: finite vectors (..., d), float64 that float32 can hold, so that squares do not overflow.
        pulses: K.
    """
    flat = z.reshape(-1, z.shape[-1])
    rows = max(1, CHUNK_ELEMENTS // z.shape[-1])
    magnitudes = torch.cat([_nearest(part.abs(), pulses) for part in flat.split(rows)])
    return torch.where(flat < 0, -magnitudes, magnitudes).long().view(z.shape)


def _nearest(a: Tensor, pulses: int) -> Tensor:
    """The magnitudes of the codewords of vectors ``a`` (n, d) without negative entries."""
    total = pairwise_sum(a)[:, None]
    a = torch.where(total > 0, a, torch.eye(1, a.shape[1], dtype=a.dtype, device=a.device))
    share = (pulses + _SURPLUS) / torch.where(total > 0, total, 1.0)
    first = _with_pulses((a * share).floor(), a, pulses)
    product, energy = _product_and_energy(first, a)
    second = _with_pulses((a * (energy / product)).round(), a, pulses)
    other_product, other_energy = _product_and_energy(second, a)
    is_better = other_product.square() * energy > product.square() * other_energy
    return torch.where(is_better, second, first)


def _with_pulses(y: Tensor, a: Tensor, pulses: int) -> Tensor:
    """``y`` (n, d) brought to so many pulses, one at a time, so that its cosine with ``a`` stays as large as can be."""
    product, energy = _product_and_energy(y, a)
    missing = pulses - y.sum(1, keepdim=True)
    while bool(missing.any()):
        step = missing.sign()
        cosine = (product + step * a).square() / (energy + step * (2 * y + step))
        place = cosine.masked_fill(y + step < 0, -1.0).argmax(1, keepdim=True)
        product = product + step * a.gather(1, place)
        energy = energy + step * (2 * y.gather(1, place) + step)
        y = y.scatter_add(1, place, step)
        missing = missing - step
    return y


def _product_and_energy(y: Tensor, a: Tensor) -> tuple[Tensor, Tensor]:
    """a.y and |y|^2, (n, 1). Sums of whole numbers are exact in any order."""
    return pairwise_sum(a * y)[:, None], y.square().sum(1, keepdim=True)
