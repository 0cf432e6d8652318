from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from compressible.clustering import Clusters, KMeans

SAMPLES = st.lists(st.tuples(st.floats(-10, 10), st.floats(1e-3, 1e3)), min_size=1, max_size=30)


def distortion(weights: NDArray, hessian: NDArray, clusters: Clusters) -> float:
    return sum(h * (w - clusters.centers[s]) ** 2 for w, h, s in zip(weights, hessian, clusters.symbols, strict=True))


def best_distortion(weights: NDArray, hessian: NDArray, count: int) -> float:
    """Over all ways to cut the sorted weights into ``count`` runs: optimal clusters of scalars are intervals."""
    order = np.argsort(weights)
    weights, hessian = weights[order], hessian[order]
    totals = []
    for cuts in combinations(range(1, len(weights)), count - 1):
        bounds = [0, *cuts, len(weights)]
        total = 0.0
        for first, end in pairwise(bounds):
            w, h = weights[first:end], hessian[first:end]
            total += float(h @ (w - np.average(w, weights=h)) ** 2)
        totals.append(total)
    return min(totals)


@given(SAMPLES, st.integers(1, 6))
def test_a_fixed_point_of_lloyd(samples: list[tuple[float, float]], count: int) -> None:
    weights, hessian = np.array(samples).T
    clusters = KMeans(count).fit(weights, hessian)
    assert sorted(set(clusters.symbols.tolist())) == list(range(len(clusters.centers)))
    assert len(clusters.centers) <= count
    for symbol, center in enumerate(clusters.centers):
        chosen = clusters.symbols == symbol
        assert center == pytest.approx(np.average(weights[chosen], weights=hessian[chosen]), rel=1e-9, abs=1e-9)
    distances = np.abs(weights[:, None] - clusters.centers)
    assert (np.abs(weights - clusters.quantized) <= distances.min(axis=1) + 1e-9).all()


@given(SAMPLES, st.integers(1, 6))
def test_the_distortion_never_rises(samples: list[tuple[float, float]], count: int) -> None:
    weights, hessian = np.array(samples).T
    course = [
        distortion(weights, hessian, KMeans(count, iterations).fit(weights, hessian)) for iterations in range(1, 8)
    ]
    assert all(after <= before * (1 + 1e-9) + 1e-9 for before, after in pairwise(course))


@pytest.mark.parametrize("iterations", [1, 2, 7])
def test_iterations_are_those_of_scipy(iterations: int) -> None:
    """A weight of Hessian 3 is the same as three weights; scipy knows no Hessian, so it gets the three."""
    random = np.random.default_rng(1)
    weights, repeats = random.normal(size=300), random.integers(1, 5, 300)
    repeated = np.repeat(weights, repeats)
    start = np.linspace(weights.min(), weights.max(), 7)
    centers, labels = kmeans2(repeated, start, iter=iterations, minit="matrix", missing="raise")
    clusters = KMeans(7, iterations).fit(weights, repeats.astype(float))
    np.testing.assert_allclose(clusters.centers, centers)
    np.testing.assert_array_equal(np.repeat(clusters.symbols, repeats), labels)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_clusters_far_apart_are_found(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    weights = random.permutation(np.concatenate([10 * k + random.uniform(-1, 1, 2) for k in range(count)]))
    hessian = random.uniform(0.5, 2, len(weights))
    clusters = KMeans(count).fit(weights, hessian)
    assert distortion(weights, hessian, clusters) == pytest.approx(best_distortion(weights, hessian, count))


def test_by_hand() -> None:
    """The Hessian pulls a center, but a weight goes to the nearest one all the same."""
    clusters = KMeans(2).fit(np.array([4.0, 0.0, 10.0, 8.0]), np.array([1.0, 3.0, 1.0, 1.0]))
    assert clusters.centers.tolist() == [1.0, 9.0]
    assert clusters.symbols.tolist() == [0, 0, 1, 1]


def test_empty_clusters_are_dropped() -> None:
    clusters = KMeans(5).fit(np.array([10.0, 0.0, 10.0, 0.0]), np.ones(4))
    assert clusters.centers.tolist() == [0.0, 10.0]
    assert clusters.symbols.tolist() == [1, 0, 1, 0]
    assert KMeans(5).fit(np.full(3, 0.1), np.array([0.1, 0.2, 0.3])).centers.tolist() == [0.1]


def test_a_weight_halfway_belongs_to_the_lower_cluster() -> None:
    clusters = KMeans(2).fit(np.array([0.0, 1.0, 2.0]), np.ones(3))
    assert clusters.symbols.tolist() == [0, 0, 1]
    assert clusters.centers.tolist() == [0.5, 2.0]
