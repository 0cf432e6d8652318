"""What LTC claims, in the published numbers and in ours. Every verdict is computed from what stands beside it.

At one rate, a curve is read between its points by straight lines of PSNR over bits a pixel, and never beyond its ends.
Differences count as they are shown: one that nobody sees is none.
"""

from collections.abc import Collection, Sequence
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
    """One claim.

    Attributes:
        text: of it.
        published: as the published points have it.
        ours: as our runs have it.
        runs: how many of these it is about.
    """

    text: str
    published: Finding
    ours: Finding
    runs: int


def claims(entries: Sequence[Entry]) -> tuple[Claim, ...]:
    """All claims, in the paper's order; what coding takes is not one of the paper's."""
    ours = points_of(entries)
    hard = [entry for entry in entries if entry.alpha == 0]
    vectors = [entry for entry in entries if entry.form == VECTORS]
    rivals = [(SCALARS, "the paper's comparison"), *((form, "scalars nearer to the vectors") for form in MATCHED)]
    return (
        *(
            Claim(
                f"{VECTORS.label}: less error at the same rate than {rival.label} ({what})",
                _beats(PUBLISHED, rival),
                _beats(ours, rival),
                sum(entry.form in (VECTORS, rival) for entry in hard),
            )
            for rival, what in rivals
        ),
        Claim(
            f"without the soft cross-entropy, h comes within {NEAR:.0%} of the entropy",
            NOTHING,
            _near(hard),
            len(hard),
        ),
        Claim(
            "the soft cross-entropy lowers the entropy of the code (published: the cross-entropy)",
            _lowers(PUBLISHED),
            _lowers(ours),
            len(vectors),
        ),
        Claim("more alpha, less rate and more error", _trades(PUBLISHED), _trades(ours), len(vectors)),
        Claim(
            "the soft cross-entropy has less error at the same rate than a smaller codebook",
            _improves(PUBLISHED),
            _improves(ours),
            len(vectors),
        ),
        Claim(f"a coded set of images is within {AGREES:.1%} of h", NOTHING, _agrees(entries), len(entries)),
    )


def claims_table(entries: Sequence[Entry]) -> str:
    """One row a claim."""
    rows = [
        (
            *(claim.text, claim.published.numbers, claim.published.verdict),
            *(claim.ours.numbers, str(claim.runs), claim.ours.verdict),
        )
        for claim in claims(entries)
    ]
    return markdown(("claim", "published", "holds", "ours", "runs", "holds"), rows)


def _beats(points: Sequence[Point], rival: Form) -> Finding:
    pair = (curve(points, VECTORS, 0), curve(points, rival, 0))
    if None in pair:
        return NOTHING
    gain = advantage(*pair)
    return Finding(_decibels(gain), verdict_of(_above(gain, 0.0)))


def _improves(points: Sequence[Point]) -> Finding:
    """Whether a curve of one alpha lies above that of alpha = 0 by more than that one may be read too low."""
    hard = curve(points, VECTORS, 0)
    alphas = sorted({p.alpha for p in points if p.form == VECTORS and p.alpha > 0})
    if hard is None or not alphas:
        return NOTHING
    gains = [advantage(curve(points, VECTORS, alpha), hard) for alpha in alphas]
    low = sag({p.centers for p in points if p.form == VECTORS and p.alpha == 0})
    numbers = "; ".join(f"alpha = {alpha:g}: {_decibels(gain)}" for alpha, gain in zip(alphas, gains, strict=True))
    if _shown(low):
        numbers += f"; lines through these codebooks alone may be {low:.2f} dB low"
    return Finding(numbers, verdict_of([held for gain in gains for held in _above(gain, low)]))


def sag(centers: Collection[int]) -> float:
    """How far straight lines through these codebooks lie below the published curve through all, at most, in dB."""
    whole = curve(PUBLISHED, VECTORS, 0)
    some = curve([p for p in PUBLISHED if p.centers in centers], VECTORS, 0)
    gain = advantage(whole, some)
    return 0.0 if gain is None else max(gain.high, 0.0)


def _above(gain: Advantage | None, bound: float) -> list[bool]:
    return [] if gain is None else [_shown(end) > _shown(bound) for end in (gain.low, gain.high)]


def _shown(decibels: float) -> float:
    return round(decibels, 2)


def _lowers(points: Sequence[Point]) -> Finding:
    numbers: list[str] = []
    holds: list[bool] = []
    for first, *others in _by_codebook(points):
        changes = [_percent(p.entropy, first.entropy) for p in others]
        shown = [f"{p.entropy:.2f} ({change:+.1f} %)" for p, change in zip(others, changes, strict=True)]
        numbers.append(f"k = {first.centers}: {' → '.join([f'{first.entropy:.2f}', *shown])} bits")
        holds += [change < 0 for change in changes]
    return Finding("; ".join(numbers) or "n/a", verdict_of(holds))


def _trades(points: Sequence[Point]) -> Finding:
    numbers: list[str] = []
    holds: list[bool] = []
    for own in _by_codebook(points):
        pairs = list(pairwise(own))
        rates = [_percent(b.bpp, a.bpp) for a, b in pairs]
        errors = [_percent(b.squared_error, a.squared_error) for a, b in pairs]
        changes = [f"rate {rate:+.1f} %, error {error:+.1f} %" for rate, error in zip(rates, errors, strict=True)]
        numbers.append(f"k = {own[0].centers}: {' → '.join(changes)}")
        holds += [rate < 0 < error for rate, error in zip(rates, errors, strict=True)]
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


def _percent(value: float, before: float) -> float:
    return round(100 * (value / before - 1), 1)


def _decibels(gain: Advantage | None) -> str:
    return "no common rate" if gain is None else f"{gain.low:+.2f} to {gain.high:+.2f} dB"
