import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.clustering import Clustering, EntropyConstrained, KMeans, UniformBins, cluster_kept

CLUSTERINGS = st.one_of(
    st.builds(KMeans, st.integers(1, 5)),
    st.builds(UniformBins, st.floats(0.1, 5)),
    st.builds(EntropyConstrained, st.integers(1, 5), st.floats(0, 1)),
)
WEIGHTS = st.lists(st.one_of(st.just(0.0), st.just(-0.0), st.floats(-10, 10)), min_size=1, max_size=30)


def test_by_hand() -> None:
    """Kept are -2 and -4, whose mean with weights 1 and 3 is -3.5, and 3 and 3.2."""
    weights = np.array([0.0, -2.0, 3.0, -0.0, -4.0, 3.2])
    clusters = cluster_kept(KMeans(2), weights, np.array([9.0, 1.0, 1.0, 9.0, 3.0, 1.0]))
    np.testing.assert_allclose(clusters.centers, [-3.5, 0, 3.1])
    assert clusters.symbols.tolist() == [1, 0, 2, 1, 0, 2]


@pytest.mark.parametrize(("sign", "centers", "symbols"), [(1, [0, 1, 5], [0, 1, 2]), (-1, [-5, -1, 0], [2, 1, 0])])
def test_zero_takes_its_place_among_centers_of_one_sign(sign: int, centers: list, symbols: list) -> None:
    clusters = cluster_kept(KMeans(2), sign * np.array([0.0, 1.0, 5.0]), np.ones(3))
    assert clusters.centers.tolist() == centers
    assert clusters.symbols.tolist() == symbols


def test_nothing_kept() -> None:
    clusters = cluster_kept(UniformBins(1.0), np.zeros(4), np.ones(4))
    assert clusters.centers.tolist() == [0]
    assert clusters.symbols.tolist() == [0] * 4
    assert clusters.symbols.dtype == np.int64


def test_nothing_pruned() -> None:
    """Not even where a center happens to be near zero."""
    weights, hessian = np.array([-0.2, 0.1, 0.9, 1.2]), np.array([1.0, 2.0, 3.0, 4.0])
    clusters, expected = cluster_kept(UniformBins(1.0), weights, hessian), UniformBins(1.0).fit(weights, hessian)
    np.testing.assert_array_equal(clusters.centers, expected.centers)
    np.testing.assert_array_equal(clusters.symbols, expected.symbols)


@given(CLUSTERINGS, WEIGHTS, st.integers(0, 2**31))
def test_zeros_alone_get_a_zero_and_the_others_what_they_get_without_them(
    clustering: Clustering, values: list[float], seed: int
) -> None:
    weights = np.array(values)
    hessian = np.random.default_rng(seed).random(len(weights))
    clusters = cluster_kept(clustering, weights, hessian)
    assert set(clusters.symbols) == set(range(len(clusters.centers))), "each occurs"
    pruned = weights == 0
    assert len(set(clusters.symbols[pruned])) == min(pruned.sum(), 1)
    assert not set(clusters.symbols[pruned]) & set(clusters.symbols[~pruned])
    assert not clusters.quantized[pruned].any()
    if pruned.all():
        return
    alone = clustering.fit(weights[~pruned], hessian[~pruned])
    np.testing.assert_array_equal(clusters.quantized[~pruned], alone.quantized)
    assert len(clusters.centers) == len(alone.centers) + pruned.any()
    if (np.diff(alone.centers) > 0).all():
        assert (np.diff(clusters.centers) >= 0).all()
