"""How much one arm's runs differ from another's, seed by seed.

    ours / theirs - 1, of each seed that both have ──► mean ± t s / sqrt(n)

Student 1908, "The probable error of a mean".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev

from scipy.special import stdtrit

FEWEST = 3
"""Pairs that an interval is made of."""


@dataclass(frozen=True)
class Change:
    """Of one arm from another, as a share.

    Attributes:
        mean: over the seeds.
        half_width: of the 95 % interval of the mean over seeds; None of fewer than three.
        seeds: how many both have.
    """

    mean: float
    half_width: float | None
    seeds: int

    def __str__(self) -> str:
        """In percent."""
        width = "" if self.half_width is None else f" ± {100 * self.half_width:.1f}"
        return f"{100 * self.mean:+.1f}{width} %"


def change(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Change | None:
    """From ``theirs`` to ``ours``, each a number a seed; None if no seed has both."""
    shares = [ours[seed] / theirs[seed] - 1 for seed in sorted(ours.keys() & theirs.keys())]
    count = len(shares)
    if not count:
        return None
    width = float(stdtrit(count - 1, 0.975)) * stdev(shares) / sqrt(count) if count >= FEWEST else None
    return Change(mean(shares), width, count)
