"""What LTC claims, in the published numbers and in ours. Every verdict is computed from what stands beside it.

At one rate, a curve is read between its points by straight lines of PSNR over bits a pixel, and never beyond its ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from compressible.reports.ltc_points import MATCHED, SCALARS, VECTORS, Advantage, Form, Point, advantage, curve
from compressible.reports.ltc_published import PUBLISHED
from compressible.reports.ltc_table import Entry, points_of
from compressible.reports.tables import markdown
from compressible.reports.verdict import Verdict, verdict_of

NEAR = 0.01
"""Share of the entropy by which the cross-entropy may be above it to count as near."""
AGREES = 0.005
"""Share by which a coded size may differ from the cross-entropy."""


@dataclass(frozen=True)
class Finding:
    """What one set of points says of a claim.

    Attributes:
        numbers: for readers.
        verdict: whether the claim holds.
    """

    numbers: str
    verdict: Verdict


NOTHING = Finding("n/a", Verdict.OPEN)


@dataclass(frozen=True)
class Claim:
    """One claim, as the published points and as ours have it."""

    text: str
    published: Finding
    ours: Finding


def claims(entries: Sequence[Entry]) -> tuple[Claim, ...]:
    """All claims, in the paper's order; what coding takes is not one of the paper's."""
    ours = points_of(entries)
    rivals = [(SCALARS, "the paper's comparison"), *((form, "scalars nearer to the vectors") for form in MATCHED)]
    return (
        *(
            Claim(
                f"{VECTORS.label}: less error at the same rate than {rival.label} ({what})",
                _beats(PUBLISHED, rival),
                _beats(ours, rival),
            )
            for rival, what in rivals
        ),
        Claim(
            f"without the soft cross-entropy, h comes within {NEAR:.0%} of the entropy",
            NOTHING,
            _near([entry for entry in entries if entry.alpha == 0]),
        ),
        Claim(
            "the soft cross-entropy lowers the entropy of the code (published: the cross-entropy)",
            _lowers(PUBLISHED),
            _lowers(ours),
        ),
        Claim("more alpha, less rate and more error", _trades(PUBLISHED), _trades(ours)),
        Claim(
            "the soft cross-entropy has less error at the same rate than a smaller codebook",
            _improves(PUBLISHED),
            _improves(ours),
        ),
        Claim(f"a coded set of images is within {AGREES:.1%} of h", NOTHING, _agrees(entries)),
    )


def claims_table(entries: Sequence[Entry]) -> str:
    """One row a claim."""
    rows = [
        (claim.text, claim.published.numbers, claim.published.verdict, claim.ours.numbers, claim.ours.verdict)
        for claim in claims(entries)
    ]
    return markdown(("claim", "published", "holds", "ours", "holds"), rows)


def _beats(points: Sequence[Point], rival: Form) -> Finding:
    gain = advantage(curve(points, VECTORS, 0), curve(points, rival, 0))
    return Finding(_decibels(gain), verdict_of([] if gain is None else [gain.low > 0, gain.high > 0]))


def _improves(points: Sequence[Point]) -> Finding:
    """Whether a curve of one alpha lies above that of alpha = 0."""
    numbers: list[str] = []
    holds: list[bool] = []
    for alpha in sorted({p.alpha for p in points if p.form == VECTORS and p.alpha > 0}):
        gain = advantage(curve(points, VECTORS, alpha), curve(points, VECTORS, 0))
        numbers.append(f"alpha = {alpha:g}: {_decibels(gain)}")
        holds += [] if gain is None else [gain.low > 0, gain.high > 0]
    return Finding("; ".join(numbers) or "n/a", verdict_of(holds))


def _lowers(points: Sequence[Point]) -> Finding:
    numbers: list[str] = []
    holds: list[bool] = []
    for own in _by_codebook(points):
        first, *others = (p.entropy for p in own)
        changes = [f"{entropy:.2f} ({_change(entropy, first)})" for entropy in others]
        numbers.append(f"k = {own[0].centers}: {' → '.join([f'{first:.2f}', *changes])} bits")
        holds += [entropy < first for entropy in others]
    return Finding("; ".join(numbers) or "n/a", verdict_of(holds))


def _trades(points: Sequence[Point]) -> Finding:
    numbers: list[str] = []
    holds: list[bool] = []
    for own in _by_codebook(points):
        pairs = list(pairwise(own))
        changes = [f"rate {_change(b.bpp, a.bpp)}, error {_change(b.squared_error, a.squared_error)}" for a, b in pairs]
        numbers.append(f"k = {own[0].centers}: {' → '.join(changes)}")
        holds += [b.bpp < a.bpp and b.squared_error > a.squared_error for a, b in pairs]
    return Finding("; ".join(numbers) or "n/a", verdict_of(holds))


def _near(entries: Sequence[Entry]) -> Finding:
    above = [entry.result.cross_entropy / entry.result.entropy - 1 for entry in entries if entry.result.entropy > 0]
    return _at_most(above, NEAR)


def _agrees(entries: Sequence[Entry]) -> Finding:
    return _at_most([abs(entry.result.coded_bpp / entry.result.estimated_bpp - 1) for entry in entries], AGREES)


def _at_most(shares: Sequence[float], bound: float) -> Finding:
    return (
        Finding(f"at most {max(shares):.2%}", verdict_of([share <= bound for share in shares])) if shares else NOTHING
    )


def _by_codebook(points: Sequence[Point]) -> list[list[Point]]:
    """Of the vectors, the points of each number of symbols that has alpha = 0 and others, by alpha."""
    vectors = [p for p in points if p.form == VECTORS]
    sizes = sorted({p.centers for p in vectors})
    series = [sorted((p for p in vectors if p.centers == k), key=lambda p: p.alpha) for k in sizes]
    return [own for own in series if own[0].alpha == 0 and len(own) > 1]


def _change(value: float, before: float) -> str:
    return f"{100 * (value / before - 1):+.1f} %"


def _decibels(gain: Advantage | None) -> str:
    return "no common rate" if gain is None else f"{gain.low:+.2f} to {gain.high:+.2f} dB"
