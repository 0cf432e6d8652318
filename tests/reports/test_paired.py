import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from compressible.reports.paired import change

NUMBERS = st.floats(0.5, 8)


@given(st.dictionaries(st.integers(0, 20), st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=9))
def test_the_interval_is_that_of_the_paired_t_test(pairs: dict[int, tuple[float, float]]) -> None:
    ours, theirs = ({seed: pair[i] for seed, pair in pairs.items()} for i in (0, 1))
    found = change(ours | {99: 1.0}, theirs | {98: 1.0})
    assert found is not None
    shares = np.array([a / b - 1 for a, b in pairs.values()])
    assert found.seeds == len(shares)
    assert found.mean == pytest.approx(shares.mean(), abs=1e-12)
    assert found.half_width is not None
    if shares.std() > 1e-9:
        interval = ttest_1samp(shares, 0).confidence_interval(0.95)
        assert (found.mean - found.half_width, found.mean + found.half_width) == pytest.approx(
            (interval.low, interval.high), abs=1e-9
        )


def test_few_pairs_have_no_interval() -> None:
    found = change({0: 3.0, 1: 1.5}, {0: 2.0, 1: 2.0})
    assert found is not None
    assert (found.mean, found.half_width, found.seeds) == (0.125, None, 2)
    assert str(found) == "+12.5 %"
    assert change({0: 1.0}, {1: 1.0}) is None
