from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compressible.weights.stream_merging import STREAM_BITS, SYMBOL_BITS, Histogram, merge_streams


def cost(points: np.ndarray) -> float:
    """Bits of a stream of these points: their empirical entropy and what a stream takes."""
    share = np.unique(points, return_counts=True)[1] / points.size
    width = int(points.max() - points.min()) + 1
    return float(-(share * np.log2(share)).sum() * points.size) + STREAM_BITS + SYMBOL_BITS * width


@given(st.lists(st.tuples(st.integers(1, 400), st.floats(0.1, 20), st.integers(-9, 9)), max_size=8), st.integers(0, 99))
def test_groups_are_a_partition_that_costs_no_more(sources: list[tuple[int, float, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    tensors = [np.rint(rng.normal(size=n) * sigma + mean).astype(int) for n, sigma, mean in sources]
    groups = merge_streams([Histogram.of(points) for points in tensors])
    assert sorted(member for group in groups for member in group.members) == list(range(len(tensors)))
    total = 0.0
    for group in groups:
        joined = np.concatenate([tensors[member] for member in group.members])
        values, counts = np.unique(joined, return_counts=True)
        assert group.histogram.lowest == values[0]
        assert group.histogram.counts[values - values[0]].tolist() == counts.tolist()
        assert group.histogram.counts.sum() == len(joined)
        total += cost(joined)
    assert total <= sum(map(cost, tensors)) + 1e-6
    # No two neighbours are left that gain.
    for one, other in pairwise(groups):
        both = np.concatenate([tensors[member] for member in one.members + other.members])
        apart = [np.concatenate([tensors[member] for member in group.members]) for group in (one, other)]
        assert cost(both) >= sum(map(cost, apart)) - 1e-6


def test_alike_tensors_share_and_others_do_not() -> None:
    rng = np.random.default_rng(0)
    narrow = [np.rint(rng.normal(size=5000) * 0.6).astype(int) for _ in range(3)]
    wide = [np.rint(rng.normal(size=5000) * 6).astype(int) for _ in range(2)]
    groups = merge_streams([Histogram.of(p) for p in (narrow[0], wide[0], narrow[1], wide[1], narrow[2])])
    assert {frozenset(group.members) for group in groups} == {frozenset({0, 2, 4}), frozenset({1, 3})}


def test_nothing_is_no_group() -> None:
    assert merge_streams([]) == []
