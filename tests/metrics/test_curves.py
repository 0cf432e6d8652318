import math

import pytest

from compressible.metrics.curves import RDCurve, RDPoint

CURVE = RDCurve("codec", [RDPoint(0.8, 34.0), RDPoint(0.2, 28.0), RDPoint(0.4, 31.0)])


@pytest.mark.parametrize(
    ("bpp", "value"), [(0.2, 28.0), (0.25, 28.75), (0.3, 29.5), (0.4, 31.0), (0.6, 32.5), (0.8, 34)]
)
def test_straight_lines_between_the_points(bpp: float, value: float) -> None:
    point = CURVE.at(bpp)
    assert point is not None
    assert point.bpp == pytest.approx(bpp)
    assert point.value == pytest.approx(value)


def test_below_the_lowest_rate_the_lowest_point_stands_in() -> None:
    assert CURVE.at(0.01) == RDPoint(0.2, 28.0)


def test_nothing_above_the_highest_rate() -> None:
    assert CURVE.at(0.8001) is None


def test_points_are_sorted() -> None:
    assert [point.bpp for point in CURVE.points] == [0.2, 0.4, 0.8]


def test_means_count_each_picture_once() -> None:
    assert RDPoint.mean([0.1, 0.3], [30.0, 34.0]) == RDPoint(0.2, 32.0)
    assert RDPoint.mean([0.1, 0.3], [30.0, math.inf]).value == math.inf


def test_refusals() -> None:
    for bad in ((0.0, 1.0), (-1.0, 1.0), (math.nan, 1.0), (1.0, math.nan), (math.inf, 1.0)):
        with pytest.raises(ValueError, match="positive rate"):
            RDPoint(*bad)
    with pytest.raises(ValueError, match="no points"):
        RDCurve("codec", [])
    for bpp, values in (([], []), ([1.0], [1.0, 2.0])):
        with pytest.raises(ValueError, match="one rate and one value"):
            RDPoint.mean(bpp, values)
