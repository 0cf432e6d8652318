"""Points of LTC's rate-distortion plane, by what is quantized, number of symbols and alpha."""

from collections.abc import Sequence
from dataclasses import dataclass

from compressible.metrics.curves import RDCurve, RDPoint
from compressible.reports.coded_images import psnr_of


@dataclass(frozen=True, order=True)
class Form:
    """What is quantized.

    Attributes:
        vectors: all channels at a place together, or each by itself.
        downsampling: pixels between two places, each way.
        channels: of the features.
    """

    vectors: bool
    downsampling: int
    channels: int

    @property
    def label(self) -> str:
        """For readers."""
        kind = f"vectors of {self.channels}" if self.vectors else f"scalars, {self.channels} a place"
        return f"{kind}, {self.downsampling}x"

    @property
    def order(self) -> tuple[bool, int, int]:
        """Vectors first, then scalars by down-sampling, the paper's first."""
        return not self.vectors, -self.downsampling, self.channels

    @property
    def symbols_per_pixel(self) -> float:
        """How many symbols a pixel has."""
        return (1 if self.vectors else self.channels) / self.downsampling**2


VECTORS = Form(vectors=True, downsampling=2, channels=8)
SCALARS = Form(vectors=False, downsampling=8, channels=16)
"""The two that the paper compares and that have as many symbols."""
MATCHED = (Form(vectors=False, downsampling=4, channels=4), Form(vectors=False, downsampling=2, channels=1))
"""Scalars nearer to the vectors: a trunk of the same resolution, and the same down-sampling throughout."""


@dataclass(frozen=True)
class Point:
    """One model, or the mean over seeds.

    Attributes:
        form: what is quantized.
        centers: k, the number of symbols.
        alpha: weight of the soft cross-entropy.
        bpp: bits a pixel.
        squared_error: mean squared error, pixels in 0..1.
        entropy: bits a symbol; the cross-entropy where that alone is known.
    """

    form: Form
    centers: int
    alpha: float
    bpp: float
    squared_error: float
    entropy: float


def curve(points: Sequence[Point], form: Form, alpha: float) -> RDCurve | None:
    """The codebooks of one form and weight, by bits a pixel and PSNR; None if there are no points."""
    own = [RDPoint(p.bpp, psnr_of(p.squared_error)) for p in points if (p.form, p.alpha) == (form, alpha)]
    return RDCurve(f"{form.label}, alpha = {alpha:g}", own) if own else None


@dataclass(frozen=True)
class Advantage:
    """PSNR of one curve less that of another, in dB.

    Attributes:
        low: where it is least, over the rates that both reach.
        high: where it is largest.
    """

    low: float
    high: float


def advantage(one: RDCurve | None, other: RDCurve | None) -> Advantage | None:
    """Of ``one`` over ``other``; None if either is missing or they have no rate in common."""
    if one is None or other is None:
        return None
    first = max(one.points[0].bpp, other.points[0].bpp)
    last = min(one.points[-1].bpp, other.points[-1].bpp)
    if first > last:
        return None
    # Between the corners of both, straight lines differ by a straight line.
    corners = {first, last, *(p.bpp for p in (*one.points, *other.points) if first < p.bpp < last)}
    pairs = [(one.at(bpp), other.at(bpp)) for bpp in corners]
    gains = [a.value - b.value for a, b in pairs if a is not None and b is not None]
    return Advantage(min(gains), max(gains))
