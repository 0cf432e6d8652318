"""Uniform rounding with a step for each transform coefficient: the quantizer of MP3, JPEG and HEVC.

    G ──► round(G / Q) = k, clipped to -m..m ──► symbol k + m ──► z_hat = k * Q,    Q and m of each group
      └─► training: straight-through

Large steps stand where the eye or the ear notices little: Wallace 1992, "The JPEG still picture compression standard",
section 4.
"""

from collections.abc import Sequence
from math import isfinite

from compressible.quantizers.uniform_grid import UniformGrid


class Perceptual(UniformGrid):
    """Multiples of a step that is a group's own; a group is a transform coefficient.

    Alphabets follow from the steps: 2 round(reach / Q) + 1 symbols.

    Args:
        groups: number of groups.
        dimension: d, entries of a vector, each quantized by itself.
        steps: Q of each group, in units of z.
        reach: beyond it values are clipped, in units of z; by default that of an orthonormal 8 x 8 DCT of samples in
            -128..128.
    """

    def __init__(self, groups: int, dimension: int, steps: Sequence[float], reach: float = 1024.0) -> None:
        if len(steps) != groups:
            raise ValueError(f"steps must be one for each of {groups} groups, got {len(steps)}")
        if not (isfinite(reach) and reach > 0):
            raise ValueError(f"reach must be positive and finite, got {reach}")
        super().__init__(dimension, steps, [round(reach / step) if step > 0 else 0 for step in steps])
