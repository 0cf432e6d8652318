import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.clustering import magnitude_mask, magnitude_mask_per_tensor

WEIGHTS = st.lists(st.floats(-10, 10), min_size=0, max_size=30)


@given(WEIGHTS, st.floats(0, 1))
def test_the_share_nearest_to_zero_is_pruned(weights: list[float], ratio: float) -> None:
    kept = magnitude_mask(np.array(weights), ratio)
    assert kept.dtype == np.bool_
    assert abs((~kept).sum() - ratio * len(weights)) <= 0.5
    magnitudes = np.abs(weights)
    if kept.any() and not kept.all():
        assert magnitudes[~kept].max() <= magnitudes[kept].min()


def test_jointly_and_per_tensor() -> None:
    weights = np.array([0.1, -0.3, 0.2, 0.4, -5.0, 2.0, 3.0, -4.0])
    assert magnitude_mask(weights, 0.5).tolist() == [False] * 4 + [True] * 4
    per_tensor = magnitude_mask_per_tensor(weights, [4, 4], 0.5)
    assert per_tensor.tolist() == [False, True, False, True, True, False, False, True]


def test_the_first_of_equal_magnitudes_are_pruned() -> None:
    assert magnitude_mask(np.array([-1.0, 1.0, 1.0, -1.0]), 0.5).tolist() == [False, False, True, True]


@pytest.mark.parametrize("ratio", [-0.1, 1.1, float("nan")])
def test_an_impossible_share(ratio: float) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        magnitude_mask(np.ones(3), ratio)


def test_sizes_that_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="cannot make a vector of 3"):
        magnitude_mask_per_tensor(np.ones(3), [2, 2], 0.5)
