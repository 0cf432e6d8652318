import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.tasks import WarmupCosine


def test_course_by_hand() -> None:
    """Four steps up in fifths, then half a cosine over eight: 1, ..., 1/2 in its middle, ..., 0 at the end."""
    course = WarmupCosine(warmup=4 / 12)
    values = [course(step, 12) for step in range(13)]
    assert values[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert values[8] == pytest.approx(0.5)
    assert values[6] == pytest.approx(0.5 + math.sqrt(0.5) / 2)
    assert values[12] == pytest.approx(0.0)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 500))
def test_it_rises_then_falls_to_the_final_value(warmup: float, final: float, steps: int) -> None:
    course = WarmupCosine(warmup, final)
    values = [course(step, steps) for step in range(steps + 1)]
    top = values.index(max(values))
    assert values[: top + 1] == sorted(values[: top + 1])
    assert all(before >= after - 1e-12 for before, after in zip(values[top:], values[top + 1 :], strict=False))
    assert all(0 < value <= 1 for value in values[:top])
    if (1 - warmup) * steps >= 1:
        assert values[-1] == pytest.approx(final, abs=1e-9)
    assert course(10 * steps, steps) == pytest.approx(final, abs=1e-9), "and stays there"


def test_without_warmup_it_starts_at_the_top() -> None:
    assert WarmupCosine(warmup=0.0, final=0.1)(0, 100) == 1.0
