"""Bjontegaard delta rate: how many per cent of the bits a codec needs more, on average, at the same quality.

    two curves ──► log rate as a function of the metric (PCHIP) ──► mean difference over the shared range ──► per cent

Bjontegaard 2001, "Calculation of average PSNR differences between RD-curves", VCEG-M33, with piecewise cubic Hermite
interpolation instead of its one cubic, as JVET's common test conditions have it (JVET-T2010): a single cubic through
many points swings. MS-SSIM saturates at 1, so it goes in as -10 log10(1 - MS-SSIM) (``decibels``).
"""

import math

from scipy.interpolate import PchipInterpolator

from compressible.metrics.curves import RDCurve, RDPoint


def bd_rate(anchor: RDCurve, test: RDCurve) -> float | None:
    """Mean rate difference of ``test`` against ``anchor`` in per cent; negative where ``test`` saves bits.

    Returns:
        None if the two share no range of the metric, or one has fewer than two points after those are left out that
        cost more than another and show no more for it.
    """
    first, second = _front(anchor), _front(test)
    if len(first) < 2 or len(second) < 2:
        return None
    low = max(first[0].value, second[0].value)
    high = min(first[-1].value, second[-1].value)
    if low >= high:
        return None
    difference = (_log_rate(second, low, high) - _log_rate(first, low, high)) / (high - low)
    return 100 * math.expm1(difference)


def decibels(similarity: float) -> float:
    """-10 log10(1 - similarity), for SSIM and MS-SSIM; infinite at 1."""
    if similarity > 1:
        raise ValueError(f"a similarity is at most 1, got {similarity}")
    return -10 * math.log10(1 - similarity) if similarity < 1 else math.inf


def in_decibels(curve: RDCurve) -> RDCurve:
    """A curve of SSIM or MS-SSIM with its values in decibels, taken of the mean over pictures."""
    return RDCurve(curve.name, (RDPoint(point.bpp, decibels(point.value)) for point in curve.points))


def _front(curve: RDCurve) -> list[RDPoint]:
    """Finite points in order of rate, each better than all cheaper ones: the function to invert must increase."""
    front: list[RDPoint] = []
    for point in curve.points:
        if math.isinf(point.value):
            continue
        if front and front[-1].bpp == point.bpp:
            front.pop()
        if not front or point.value > front[-1].value:
            front.append(point)
    return front


def _log_rate(points: list[RDPoint], low: float, high: float) -> float:
    """Integral of the natural logarithm of the rate over the metric."""
    curve = PchipInterpolator([point.value for point in points], [math.log(point.bpp) for point in points])
    return float(curve.integrate(low, high))
