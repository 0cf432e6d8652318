from dataclasses import replace
from math import log10

import numpy as np
import pytest

from compressible.reports.ltc_claims import Claim, claims, claims_table, sag
from compressible.reports.ltc_points import MATCHED, SCALARS
from compressible.reports.ltc_table import Entry
from ltc_runs import entry

POINTS = [entry(8, 0, 0.7, 0.004), entry(128, 0, 1.5, 0.001)]


def claim(entries: list[Entry], start: str) -> Claim:
    (found,) = [own for own in claims(entries) if start in own.text]
    return found


def test_vectors_against_scalars_at_one_rate() -> None:
    """Half the error is 3.01 dB, and beyond the ends of a curve nothing is compared."""
    worse = [entry(8, 0, 0.7, 0.008, SCALARS), entry(128, 0, 1.5, 0.002, SCALARS)]
    found = claim([*POINTS, *worse], "the paper's").ours
    assert (found.numbers, found.verdict) == ("+3.01 to +3.01 dB", "yes")
    crossing = [entry(8, 0, 0.7, 0.002, MATCHED[1]), entry(128, 0, 1.5, 0.002, MATCHED[1])]
    found = claim([*POINTS, *crossing], MATCHED[1].label).ours
    assert (found.numbers, found.verdict) == ("-3.01 to +3.01 dB", "partly")
    better = [entry(8, 0, 0.6, 0.001, MATCHED[0]), entry(128, 0, 0.8, 0.001, MATCHED[0])]
    found = claim([*POINTS, *better], MATCHED[0].label).ours
    # 10 log10(4) = 6.02 dB at 0.7; at 0.8 the vectors have gained an eighth of that.
    assert (found.numbers, found.verdict) == ("-6.02 to -5.27 dB", "no")
    apart = claim([*POINTS, entry(8, 0, 0.3, 0.001, SCALARS)], "the paper's")
    assert (apart.ours.numbers, apart.ours.verdict, apart.runs) == ("no common rate", "n/a", 3)
    missing = claim([*POINTS, entry(8, 0.1, 0.3, 0.001)], "the paper's")
    assert (missing.ours.numbers, missing.ours.verdict, missing.runs) == ("n/a", "n/a", 2)
    hardly = [entry(8, 0, 0.7, 0.004001, SCALARS), entry(128, 0, 1.5, 0.001, SCALARS)]
    assert claim([*POINTS, *hardly], "the paper's").ours.verdict == "no", "nobody sees 0.001 dB"


def test_the_published_vectors_beat_the_published_scalars_at_high_rates_alone() -> None:
    """At 0.734 bits, scalars have 0.00345 and vectors 0.00406; at 1.517, 0.00270 and 0.00160."""
    found = claim(POINTS, "the paper's").published
    assert found.verdict == "partly"
    low, high = (float(word) for word in found.numbers.removesuffix(" dB").split(" to "))
    assert -0.8 < low < -0.6
    assert 2.2 < high < 2.4


def test_the_entropy_of_the_code() -> None:
    falls = [*POINTS, entry(8, 0.01, 0.35, 0.008), entry(128, 0.01, 0.375, 0.008)]
    found = claim(falls, "lowers the entropy").ours
    assert found.verdict == "yes"
    assert found.numbers == "k = 8: 2.80 → 1.40 (-50.0 %) bits; k = 128: 5.99 → 1.50 (-75.0 %) bits"
    rises = [*falls, entry(8, 0.02, 0.71, 0.008)]
    assert claim(rises, "lowers the entropy").ours.verdict == "partly"
    assert claim(POINTS, "lowers the entropy").ours.verdict == "n/a"
    hardly = [*POINTS, entry(8, 0.01, 0.7 - 1e-5, 0.008)]
    assert claim(hardly, "lowers the entropy").ours.verdict == "no", "2.7972 and 2.7972"
    published = claim(POINTS, "lowers the entropy").published
    assert published.verdict == "yes"
    assert "k = 128: 6.07 → 4.25 (-29.9 %) → 1.94 (-68.0 %) bits" in published.numbers


def test_what_alpha_trades() -> None:
    good = [*POINTS, entry(128, 0.001, 1.2, 0.0015), entry(128, 0.01, 0.6, 0.006)]
    found = claim(good, "more alpha").ours
    assert (found.verdict, found.numbers) == (
        "yes",
        "k = 128: rate -20.0 %, error +50.0 % → rate -50.0 %, error +300.0 %",
    )
    bad = [*POINTS, entry(8, 0.001, 0.6, 0.003), entry(128, 0.001, 1.6, 0.003)]
    assert claim(bad, "more alpha").ours.verdict == "no", "neither less error at less rate, nor more of both"


def test_soft_cross_entropy_against_a_smaller_codebook() -> None:
    """0.004 and 0.001 are 6.02 dB apart: half-way between their rates, the line of alpha = 0 is at 0.002.

    The published points bend, so that a line through k = 8 and 128 alone is too low: that is no merit of alpha.
    """
    published = {
        8: (0.7340, 4.062),
        16: (0.9594, 2.952),
        32: (1.1385, 2.340),
        64: (1.3656, 1.836),
        128: (1.5166, 1.601),
    }
    rates, decibels = zip(*((bpp, -10 * log10(error / 1000)) for bpp, error in published.values()), strict=True)
    low = max(np.asarray(decibels) - np.interp(rates, rates[::4], decibels[::4]))
    assert sag({8, 128}) == pytest.approx(low)
    assert sag(set(published)) == 0
    for error, verdict in ((0.0019 * 10 ** (-low / 10), "yes"), (0.0019, "no"), (0.0021, "no")):
        found = claim([*POINTS, entry(128, 0.001, 1.1, error)], "smaller codebook").ours
        assert found.verdict == verdict
        assert found.numbers.endswith(f"; lines through these codebooks alone may be {low:.2f} dB low")
    far = entry(128, 0.01, 0.2, 0.002)
    found = claim([*POINTS, far], "smaller codebook").ours
    assert (found.numbers.split(";")[0], found.verdict) == ("alpha = 0.01: no common rate", "n/a")


def test_cross_entropies_and_coded_sizes() -> None:
    near, coded = claim(POINTS, "comes within"), claim(POINTS, "coded set")
    assert (near.ours.numbers, near.ours.verdict) == ("at most 0.10%", "yes")
    assert coded.ours.verdict == "yes"
    assert near.published.verdict == coded.published.verdict == "n/a", "nothing was coded, no entropy published"
    one, other = POINTS
    far = replace(one, result=replace(one.result, cross_entropy=1.02 * one.result.entropy))
    assert claim([far, other], "comes within").ours.verdict == "partly"
    assert claim([far, other], "coded set").ours.verdict == "partly"
    assert claim([replace(far, alpha=0.1), other], "comes within").ours.verdict == "yes", "of alpha = 0 alone"


def test_the_table_has_a_row_a_claim() -> None:
    table = claims_table(POINTS)
    assert len(table.splitlines()) == 2 + len(claims(POINTS))
    assert all(own.text in table for own in claims(POINTS))
