"""Whether a claim or a published figure holds; always by rule, from the numbers that stand beside it."""

from collections.abc import Sequence
from enum import StrEnum


class Verdict(StrEnum):
    """What a comparison comes to: n/a where there is nothing to judge by, no runs where ours are still to be made."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    OPEN = "n/a"
    MISSING = "no runs"


class Better(StrEnum):
    """Which way ours may leave the published figure as far as it likes."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


def verdict_of(holds: Sequence[bool]) -> Verdict:
    """Of all the cases in which something either holds or does not."""
    if not holds:
        return Verdict.OPEN
    return Verdict.YES if all(holds) else Verdict.PARTLY if any(holds) else Verdict.NO


def reaches(paper: float, ours: float, better: Better, allowed: float) -> bool:
    """Whether ours is on the better side of the published figure, or off it by no more than ``allowed``."""
    gap = ours - paper
    if better is Better.HIGHER:
        return gap >= -allowed
    return gap <= allowed if better is Better.LOWER else abs(gap) <= allowed


def effect(paper: float, ours: float) -> Verdict:
    """Of a published change, which is not 0: yes if ours goes the same way at least as far, partly if less far."""
    if paper * ours <= 0:
        return Verdict.NO
    return Verdict.YES if abs(ours) >= abs(paper) else Verdict.PARTLY
