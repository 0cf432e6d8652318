from itertools import pairwise, product
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from compressible.clustering import Clusters, EntropyConstrained, KMeans

SAMPLE = st.tuples(st.floats(-10, 10), st.floats(1e-3, 1e3))
SAMPLES = st.lists(SAMPLE, min_size=1, max_size=30)
TRADE_OFFS = st.sampled_from([0.0, 1e-3, 0.1, 1.0, 10.0])


def objective(weights: NDArray, hessian: NDArray, trade_off: float, clusters: Clusters) -> float:
    """J, one weight at a time."""
    symbols = clusters.symbols.tolist()
    return sum(
        h * (w - clusters.centers[s]) ** 2 - trade_off * log2(symbols.count(s) / len(symbols))
        for w, h, s in zip(weights.tolist(), hessian.tolist(), symbols, strict=True)
    )


def best_objective(weights: NDArray, hessian: NDArray, trade_off: float) -> float:
    """The least J of two clusters or one, over all symbols there are."""
    found = []
    for symbols in product((0, 1), repeat=len(weights)):
        chosen = np.array(symbols)
        means = [
            np.average(weights[chosen == s], weights=hessian[chosen == s]) if s in symbols else 0.0 for s in (0, 1)
        ]
        found.append(objective(weights, hessian, trade_off, Clusters(np.array(means), chosen)))
    return min(found)


@given(SAMPLES, st.integers(1, 6), TRADE_OFFS)
def test_the_objective_never_rises(samples: list[tuple[float, float]], count: int, trade_off: float) -> None:
    weights, hessian = np.array(samples).T
    course = [
        objective(weights, hessian, trade_off, EntropyConstrained(count, trade_off, 0.0, i).fit(weights, hessian))
        for i in range(1, 8)
    ]
    assert all(after <= before * (1 + 1e-9) + 1e-9 for before, after in pairwise(course))


@given(SAMPLES, st.integers(1, 6), TRADE_OFFS)
def test_a_fixed_point(samples: list[tuple[float, float]], count: int, trade_off: float) -> None:
    weights, hessian = np.array(samples).T
    check_fixed_point(weights, hessian, trade_off, EntropyConstrained(count, trade_off, 0.0).fit(weights, hessian))


def test_a_fixed_point_of_many_weights() -> None:
    random = np.random.default_rng(2)
    weights, hessian = random.normal(size=10_000), random.exponential(size=10_000)
    clusters = EntropyConstrained(12, 0.05, 0.0, iterations=1000).fit(weights, hessian)
    assert 1 < len(clusters.centers) <= 12
    check_fixed_point(weights, hessian, 0.05, clusters)


def check_fixed_point(weights: NDArray, hessian: NDArray, trade_off: float, clusters: Clusters) -> None:
    counts = np.array([(clusters.symbols == s).sum() for s in range(len(clusters.centers))])
    assert counts.min() > 0
    for symbol, center in enumerate(clusters.centers):
        chosen = clusters.symbols == symbol
        assert center == pytest.approx(np.average(weights[chosen], weights=hessian[chosen]), rel=1e-9, abs=1e-9)
    costs = hessian[:, None] * (weights[:, None] - clusters.centers) ** 2 - trade_off * np.log2(counts / len(weights))
    paid = costs[np.arange(len(weights)), clusters.symbols]
    np.testing.assert_allclose(paid, costs.min(axis=1), rtol=1e-6, atol=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_bits_for_nothing_make_it_k_means(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    weights, hessian = random.normal(size=200), random.uniform(0.1, 10, 200)
    free, plain = EntropyConstrained(count, 0.0, 0.0).fit(weights, hessian), KMeans(count).fit(weights, hessian)
    np.testing.assert_array_equal(free.symbols, plain.symbols)
    np.testing.assert_allclose(free.centers, plain.centers)


@given(SAMPLES, st.integers(1, 6))
def test_dear_bits_leave_one_center(samples: list[tuple[float, float]], count: int) -> None:
    weights, hessian = np.array(samples).T
    clusters = EntropyConstrained(count, 1e9).fit(weights, hessian)
    first = EntropyConstrained(count, 1e9, iterations=1).fit(weights, hessian)
    counts = np.bincount(first.symbols)
    if (counts == counts.max()).sum() == 1:
        assert clusters.centers == pytest.approx([np.average(weights, weights=hessian)], rel=1e-9, abs=1e-9)


@given(st.lists(SAMPLE, min_size=1, max_size=6), st.sampled_from([0.1, 1.0, 10.0]))
def test_no_better_than_the_best_of_all(samples: list[tuple[float, float]], trade_off: float) -> None:
    weights, hessian = np.array(samples).T
    found = objective(weights, hessian, trade_off, EntropyConstrained(2, trade_off).fit(weights, hessian))
    assert found >= best_objective(weights, hessian, trade_off) * (1 - 1e-9) - 1e-9


@pytest.mark.parametrize("trade_off", [0.01, 0.5])
def test_the_best_of_all_where_clusters_are_plain(trade_off: float) -> None:
    weights, hessian = np.array([-0.1, 0.0, 0.2, 0.1, 5.0, 5.2]), np.array([1.0, 2.0, 1.0, 0.5, 1.0, 3.0])
    clusters = EntropyConstrained(2, trade_off).fit(weights, hessian)
    found = objective(weights, hessian, trade_off, clusters)
    assert found == pytest.approx(best_objective(weights, hessian, trade_off))


def test_of_two_equal_weights_the_one_of_small_hessian_takes_the_cheap_center() -> None:
    weights = np.array([0.0] * 8 + [0.6, 0.6, 1.0, 1.0])
    hessian = np.array([100.0] * 8 + [0.1, 100.0, 100.0, 100.0])
    # log2(8/4) = 1 bit more for the far center; 0.1 (0.6^2 - 0.27^2) = 0.03 is less than it costs, 30 is more.
    clusters = EntropyConstrained(2, 0.5).fit(weights, hessian)
    assert clusters.symbols.tolist() == [0] * 9 + [1, 1, 1]
