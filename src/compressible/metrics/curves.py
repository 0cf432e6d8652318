"""Rate-distortion curves: one point a setting, straight lines between them, nothing beyond their ends."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, order=True)
class RDPoint:
    """One setting of a codec over a set of pictures.

    Attributes:
        bpp: mean bits a pixel.
        value: mean metric; higher is better.
    """

    bpp: float
    value: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.bpp) and self.bpp > 0) or math.isnan(self.value):
            raise ValueError(f"a point needs a positive rate and a number, got {self.bpp} bpp and {self.value}")

    @classmethod
    def mean(cls, bpp: Sequence[float], values: Sequence[float]) -> "RDPoint":
        """Point of the means over pictures, each of which counts the same whatever its size."""
        if len(bpp) != len(values) or not bpp:
            raise ValueError(f"a mean needs one rate and one value a picture, got {len(bpp)} and {len(values)}")
        return cls(float(np.mean(bpp)), float(np.mean(values)))


@dataclass(frozen=True)
class RDCurve:
    """The settings of one codec, sorted by rate.

    Attributes:
        name: of the codec's family.
        points: at least one, in any order.
    """

    name: str
    points: tuple[RDPoint, ...]

    def __init__(self, name: str, points: Iterable[RDPoint]) -> None:
        ordered = tuple(sorted(points))
        if not ordered:
            raise ValueError(f"the curve '{name}' has no points")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "points", ordered)

    def at(self, bpp: float) -> RDPoint | None:
        """What the codec reaches at a rate, by linear interpolation in bits a pixel.

        Returns:
            The point at ``bpp``. Below the codec's lowest rate its lowest point, whose own ``bpp`` tells that it
            spends more; above its highest rate None.
        """
        if bpp <= self.points[0].bpp:
            return self.points[0]
        if bpp > self.points[-1].bpp:
            return None
        rates = [point.bpp for point in self.points]
        return RDPoint(bpp, float(np.interp(bpp, rates, [point.value for point in self.points])))
