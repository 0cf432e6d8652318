import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.tasks import WarmupCosine


def test_course_by_hand() -> None:
    """Four steps up in fifths, then half a cosine over eight: 1, ..., 1/2 in its middle, ..., 0 at the end."""
    course = WarmupCosine(warmup=4 / 12)
    values = [course(step, 12, 4) for step in range(13)]
    assert values[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert values[8] == pytest.approx(0.5)
    assert values[6] == pytest.approx(0.5 + math.sqrt(0.5) / 2)
    assert values[11] == pytest.approx(0.5 - math.cos(math.pi / 8) / 2)


def test_the_hard_stage_has_a_slope_of_its_own() -> None:
    """From a tenth down to zero in four steps, whatever the cosine ended at."""
    course = WarmupCosine(final=0.3, hard=0.1)
    assert [course(step, 12, 4) for step in (12, 13, 14, 15, 16, 99)] == pytest.approx(
        [0.1, 0.075, 0.05, 0.025, 0.0, 0.0]
    )


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 500))
def test_it_rises_then_falls_to_the_final_value(warmup: float, final: float, steps: int) -> None:
    course = WarmupCosine(warmup, final)
    values = [course(step, steps, 0) for step in range(steps)]
    top = values.index(max(values))
    assert values[: top + 1] == sorted(values[: top + 1])
    assert all(before >= after - 1e-12 for before, after in zip(values[top:], values[top + 1 :], strict=False))
    assert all(0 < value <= 1 for value in values[:top])
    assert min(values[top:]) >= final - 1e-9 or top == len(values) - 1


def test_without_warmup_it_starts_at_the_top() -> None:
    assert WarmupCosine(warmup=0.0, final=0.1)(0, 100, 0) == 1.0
