import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.tasks import OneCycle


def test_course_by_hand() -> None:
    """Two steps up in thirds, then down in eighths, which would reach zero one step after the last of ten."""
    values = [OneCycle(rise=0.2)(step, 10) for step in range(11)]
    assert values == pytest.approx([1 / 3, 2 / 3, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8, 0])


@given(st.floats(0, 0.999), st.integers(1, 500))
def test_two_straight_lines_from_zero_to_zero(rise: float, steps: int) -> None:
    values = [OneCycle(rise)(step, steps) for step in range(steps)]
    assert all(0 < value <= 1 for value in values)
    bend = math.ceil(rise * steps)
    up = [after - before for before, after in itertools.pairwise([0.0, *values[:bend]])]
    down = [before - after for before, after in itertools.pairwise([*values[bend:], 0.0])]
    assert up == pytest.approx([1 / (rise * steps + 1)] * bend)
    assert down == pytest.approx([1 / (steps - rise * steps)] * (steps - bend))


@pytest.mark.parametrize("rise", [-0.1, 1.0, 2.0])
def test_a_rise_that_leaves_nothing_for_the_fall_is_refused(rise: float) -> None:
    with pytest.raises(ValueError, match="rise"):
        OneCycle(rise)
