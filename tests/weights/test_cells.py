import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.weights import cells
from compressible.weights.cells import design_cells


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=25).filter(any),
    st.integers(-30, 30),
    st.floats(0, 3),
    st.integers(0, 2**31),
)
def test_every_number_gets_the_point_of_least_cost(counts: list[int], lowest: int, price: float, seed: int) -> None:
    """Against all points that are used, one by one."""
    points = lowest + np.arange(len(counts))
    found = design_cells(points, np.array(counts), price)
    x = np.random.default_rng(seed).uniform(lowest - 3, lowest + len(counts) + 3, (4, 50)).astype(np.float32)
    used = np.array(counts) > 0
    bits = -np.log2(np.array(counts)[used] / sum(counts))
    costs = (x[..., None].astype(float) - points[used]) ** 2 + price * bits
    taken = found.find(x)
    assert taken.shape == x.shape
    index = np.searchsorted(points[used], taken)
    assert np.array_equal(points[used][index], taken)
    paid = np.take_along_axis(costs, index[..., None], -1)[..., 0]
    # Where two cost the same, float32 may see the border on either side.
    np.testing.assert_allclose(paid, costs.min(-1), rtol=1e-5, atol=1e-4)


def test_free_bits_leave_the_nearest_point() -> None:
    found = design_cells(np.arange(-2, 3), np.array([1, 5, 9, 5, 1]), 0.0)
    assert found.points.tolist() == [-2, -1, 0, 1, 2]
    assert found.ends.tolist() == [-1.5, -0.5, 0.5, 1.5]


def test_by_hand() -> None:
    """Shares 1/2 and 1/4: at 0.25 a bit, the border between 0 and 1 moves from 1/2 to (1 + 0.5 - 0.25) / 2."""
    found = design_cells(np.array([-1, 0, 1]), np.array([1, 2, 1]), 0.25)
    assert found.ends.tolist() == [-0.625, 0.625]
    # At 4 a bit, the border between -1 and 1 is where both are dearer than 0 by far, unless a number is large.
    assert design_cells(np.array([-1, 0, 1]), np.array([1, 2, 1]), 4.0).find(np.float32([1.9, 2.6])).tolist() == [0, 1]


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    found = design_cells(np.arange(5), np.ones(5, int), 0.1)
    x = np.linspace(-1, 6, 100, dtype=np.float32).reshape(20, 5)
    whole = found.find(x)
    monkeypatch.setattr(cells, "_BLOCK", 7)
    assert np.array_equal(found.find(x), whole)
