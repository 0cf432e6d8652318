import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.metrics.curves import RDCurve, RDPoint
from compressible.reports.ltc_points import MATCHED, SCALARS, VECTORS, Advantage, Point, advantage, curve
from compressible.reports.ltc_published import PUBLISHED

RATES = st.lists(st.integers(1, 100), min_size=1, max_size=5, unique=True)


@given(RATES, RATES, st.randoms(use_true_random=False))
def test_the_advantage_is_that_of_a_fine_grid(one: list[int], other: list[int], random: Random) -> None:
    curves = [[(rate / 10, random.uniform(20, 40)) for rate in sorted(rates)] for rates in (one, other)]
    found = advantage(*(RDCurve("", [RDPoint(*point) for point in points]) for points in curves))
    low, high = max(points[0][0] for points in curves), min(points[-1][0] for points in curves)
    if low > high:
        assert found is None
        return
    grid = np.union1d(np.linspace(low, high, 50), [r / 10 for r in (*one, *other) if low <= r / 10 <= high])
    gain = np.interp(grid, *np.array(curves[0]).T) - np.interp(grid, *np.array(curves[1]).T)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((gain.min(), gain.max()))


def test_without_a_curve_there_is_no_advantage() -> None:
    point = Point(VECTORS, 8, 0.0, 1.0, 0.01, 4.0)
    assert curve([point], SCALARS, 0) is None
    assert advantage(curve([point], VECTORS, 0), None) is None
    same = advantage(curve([point], VECTORS, 0), curve([point], VECTORS, 0))
    assert same == Advantage(0.0, 0.0)


def test_a_curve_has_the_psnr_of_its_errors() -> None:
    found = curve([Point(VECTORS, 8, 0.0, 1.0, 0.01, 4.0), Point(VECTORS, 8, 0.1, 0.5, 0.02, 2.0)], VECTORS, 0)
    assert found is not None
    (point,) = found.points
    assert (point.bpp, point.value) == pytest.approx((1.0, 20.0))


def test_all_forms_that_are_compared_have_256_symbols_of_an_image() -> None:
    assert {1024 * form.symbols_per_pixel for form in (VECTORS, SCALARS, *MATCHED)} == {256}


def test_no_published_rate_is_above_that_of_equally_likely_symbols() -> None:
    """Which catches a rate that is typed in the wrong place."""
    for point in PUBLISHED:
        assert 0.4 * math.log2(8) < point.entropy + 1e-6 < math.log2(point.centers) + 0.01, point
        assert 0.001 < point.squared_error < 0.01
    assert len({(p.form, p.centers, p.alpha) for p in PUBLISHED}) == len(PUBLISHED) == 31
