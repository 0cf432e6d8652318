"""How far one rate-distortion curve lies above another, as lines of a comparison."""

from collections.abc import Sequence

from compressible.metrics.curves import RDCurve
from compressible.reports.ltc_points import advantage
from compressible.reports.reproduction.comparison import Line, Measured, Quantity
from compressible.reports.verdict import Better, Verdict


def advantage_lines(
    subject: str, paper: str, quantity: str, pair: tuple[RDCurve | None, RDCurve | None], least: float
) -> list[Line]:
    """Where it is least and where it is largest over the rates that both curves reach, a line each.

    Args:
        subject: which curves.
        paper: what it says of them.
        quantity: that the curves hold, in dB.
        pair: the curve that should be above, and the other; each may be missing.
        least: advantage in dB that must be passed for the paper's words to hold.
    """
    gain = advantage(*pair)
    own = pair[0]
    if own is None or pair[1] is None:
        return [Line(subject, quantity, paper, None, 0, Verdict.MISSING)]
    if gain is None:
        return [Line(subject, quantity, paper, "no common rate", len(own.points), Verdict.OPEN)]
    ends = {"least": gain.low, "largest": gain.high}
    if gain.low == gain.high:
        ends = {"at the only one": gain.low}
    return [
        Quantity(f"{quantity}, {which}", "+.2f", Better.HIGHER).claim(
            subject, paper, Measured(value, None, len(own.points)), Verdict.YES if value > least else Verdict.NO
        )
        for which, value in ends.items()
    ]


def up_to(curve: RDCurve, bpp: float) -> RDCurve | None:
    """The part of a curve at rates of at most ``bpp``; None if there is none."""
    inside = [point for point in curve.points if point.bpp <= bpp]
    if not inside:
        return None
    end = curve.at(bpp)
    return RDCurve(curve.name, [*inside, *([end] if end is not None and inside[-1].bpp < bpp else [])])


def named(curves: Sequence[RDCurve], name: str) -> RDCurve | None:
    """The curve of a family; None if there is none."""
    return next((curve for curve in curves if curve.name == name), None)
