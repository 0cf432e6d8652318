import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressible.metrics.bd_rate import bd_rate, decibels, in_decibels
from compressible.metrics.curves import RDCurve, RDPoint


def curve(*points: tuple[float, float], name: str = "codec") -> RDCurve:
    return RDCurve(name, (RDPoint(*point) for point in points))


ANCHOR = ((0.1, 25.0), (0.2, 28.5), (0.4, 31.0), (0.9, 35.5), (1.3, 37.0))


@given(st.floats(0.05, 20))
def test_a_factor_in_rate_is_that_many_per_cent(factor: float) -> None:
    scaled = curve(*((rate * factor, value) for rate, value in ANCHOR))
    assert bd_rate(curve(*ANCHOR), scaled) == pytest.approx(100 * (factor - 1), rel=1e-9, abs=1e-9)


@settings(max_examples=50)
@given(st.floats(-3, 3), st.floats(0.05, 0.5), st.integers(2, 8), st.integers(2, 8))
def test_parallel_exponentials_sampled_anywhere(shift: float, slope: float, n: int, m: int) -> None:
    """Straight lines in log rate, which any Hermite spline reproduces: the answer is their distance."""
    first = curve(*((math.exp(slope * v), v) for v in [20 + 15 * i / (n - 1) for i in range(n)]))
    second = curve(*((math.exp(slope * v + shift), v) for v in [22 + 10 * i / (m - 1) for i in range(m)]))
    assert bd_rate(first, second) == pytest.approx(100 * (math.exp(shift) - 1), rel=1e-6, abs=1e-6)


def test_crossing_lines_by_hand() -> None:
    """log rate goes 0..2 against 1..0 over values 0..1, in the overlap 0..1: mean difference -1/2."""
    first = curve((1.0, 0.0), (math.e**2, 1.0))
    second = curve((math.e**0.4, 0.0), (math.e**0.6, 1.0))
    assert bd_rate(first, second) == pytest.approx(100 * (math.exp(-0.5) - 1))


def test_only_the_shared_range_counts() -> None:
    """The second line starts halfway: over 0.5..1 the first one's log rate is 1.5 on average."""
    first = curve((1.0, 0.0), (math.e**2, 1.0))
    second = curve((math.e**1.7, 0.5), (math.e**3.7, 1.5))
    # second: log rate 1.7 + 2 (v - 0.5), on average 2.2 over the range
    assert bd_rate(first, second) == pytest.approx(100 * (math.exp(0.7) - 1))


def test_swapping_the_curves_inverts_the_ratio() -> None:
    other = curve((0.08, 24.0), (0.3, 30.0), (0.8, 36.0))
    forth, back = bd_rate(curve(*ANCHOR), other), bd_rate(other, curve(*ANCHOR))
    assert forth is not None
    assert back is not None
    assert (1 + forth / 100) * (1 + back / 100) == pytest.approx(1)


@pytest.mark.parametrize(
    "other",
    [
        ((1.0, 40.0), (2.0, 45.0)),
        ((0.1, 10.0), (0.2, 25.0)),
        ((0.2, 30.0),),
        ((0.2, 30.0), (0.4, 29.0)),
        ((0.2, 30.0), (0.4, math.inf)),
    ],
    ids=["above", "touches", "one point", "falls", "lossless"],
)
def test_none_without_a_shared_range(other: tuple[tuple[float, float], ...]) -> None:
    assert bd_rate(curve(*ANCHOR), curve(*other)) is None
    assert bd_rate(curve(*other), curve(*ANCHOR)) is None


def test_points_that_cost_more_and_show_less_are_left_out() -> None:
    assert bd_rate(curve(*ANCHOR), curve(*ANCHOR, (0.5, 30.0), (0.3, 28.5))) == pytest.approx(0, abs=1e-9)


def test_of_two_points_at_one_rate_the_better_one_counts() -> None:
    assert bd_rate(curve(*ANCHOR), curve(*ANCHOR, (0.4, 29.0))) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("similarity", "expected"), [(0.9, 10), (0.99, 20), (0, 0), (0.95, 13.0103), (1, math.inf)])
def test_decibels(similarity: float, expected: float) -> None:
    assert decibels(similarity) == pytest.approx(expected, abs=1e-4)


def test_a_curve_in_decibels() -> None:
    converted = in_decibels(curve((0.1, 0.9), (0.2, 0.99)))
    assert [point.bpp for point in converted.points] == [0.1, 0.2]
    assert [point.value for point in converted.points] == pytest.approx([10, 20])


def test_more_than_one_is_no_similarity() -> None:
    with pytest.raises(ValueError, match="at most 1"):
        decibels(1.01)
