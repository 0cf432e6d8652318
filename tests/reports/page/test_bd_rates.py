from itertools import permutations

import numpy as np
import pytest
from page_examples import JPEG, OURS, codec, evaluation

from compressible.metrics.bd_rate import bd_rate
from compressible.metrics.curves import RDCurve, RDPoint
from compressible.reports.evaluation import Evaluation
from compressible.reports.page.bd_rates import all_pairs
from compressible.reports.page.rate_distortion import Source, compare
from compressible.reports.tables import bd_rate_table

WEBP = evaluation(
    codec("webp", 1, 0.15, 24, 0.91), codec("webp", 5, 0.33, 29.5, 0.955), codec("webp", 9, 0.7, 33, 0.99)
)
LONE = evaluation(codec("lone", 1, 0.3, 29, 0.95))
ALL = (OURS, JPEG, WEBP, LONE)


def rows(table: str) -> dict[str, list[str]]:
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {name: values for name, *values in cells}


def curve(of: Evaluation, in_decibels: bool) -> RDCurve:
    """Straight from the pictures."""
    points = []
    for one in of.codecs:
        value = one.images[0].ms_ssim if in_decibels else one.images[0].psnr
        assert value is not None
        points.append(RDPoint(one.images[0].file, -10 * np.log10(1 - value) if in_decibels else value))
    return RDCurve(of.codecs[0].family, points)


def test_half_the_bits_are_minus_fifty_per_cent() -> None:
    for metric in ("psnr", "ms_ssim"):
        rates = all_pairs([OURS.curves(metric)[0], JPEG.curves(metric)[0]], metric)
        assert rates == {("jpeg444", "ours"): pytest.approx(-50), ("ours", "jpeg444"): pytest.approx(100)}


def test_the_page_has_the_rate_of_every_pair() -> None:
    (comparison,) = compare([Source("file", one) for one in ALL])
    tables = {table.title: rows(table.markdown) for table in comparison.bd_rates}
    assert list(tables) == ["JPEG 4:4:4", "WebP", "ours"]
    named = {"JPEG 4:4:4": JPEG, "WebP": WEBP, "ours": OURS}
    for anchor, test in permutations(named, 2):
        expected = [bd_rate(curve(named[anchor], db), curve(named[test], db)) for db in (False, True)]
        assert tables[anchor][test] == [f"{rate:+.1f} %" for rate in expected]
    assert all("lone" not in table for table in tables.values())


def test_it_agrees_with_the_table_of_one_codec() -> None:
    (comparison,) = compare([Source("file", one) for one in ALL])
    one_codec = rows(bd_rate_table(ALL, "ours"))
    for table in comparison.bd_rates:
        if table.title != "ours":
            assert rows(table.markdown)["ours"] == one_codec[table.title]


def test_nothing_to_compare() -> None:
    (comparison,) = compare([Source("file", LONE)])
    assert comparison.bd_rates == ()
    assert [chart.title for chart in comparison.charts] == ["MS-SSIM", "PSNR in dB", "SSIM"]
