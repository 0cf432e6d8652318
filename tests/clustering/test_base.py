import numpy as np
import pytest

from compressible.clustering import Clustering, EntropyConstrained, KMeans, UniformBins

CLUSTERINGS = [KMeans(3), UniformBins(0.5), EntropyConstrained(3, 0.1)]
by_name = pytest.mark.parametrize("clustering", CLUSTERINGS, ids=lambda clustering: type(clustering).__name__)


@by_name
@pytest.mark.parametrize(
    ("weights", "hessian"),
    [
        ([], []),
        ([1.0, 2.0], [1.0]),
        ([[1.0]], [[1.0]]),
        ([1.0, np.nan], [1.0, 1.0]),
        ([1.0, 2.0], [1.0, np.inf]),
        ([1.0, 2.0], [1.0, -1.0]),
    ],
)
def test_vectors_that_cannot_be_clustered(clustering: Clustering, weights: list, hessian: list) -> None:
    with pytest.raises(ValueError, match="weights and their Hessian must be"):
        clustering.fit(np.array(weights, dtype=float), np.array(hessian, dtype=float))


@by_name
def test_one_weight_is_its_own_center(clustering: Clustering) -> None:
    clusters = clustering.fit(np.array([0.3]), np.array([2.0]))
    assert clusters.symbols.tolist() == [0]
    np.testing.assert_allclose(clusters.quantized, [0.3])


@by_name
def test_without_any_hessian_centers_are_plain_means(clustering: Clustering) -> None:
    weights = np.array([-1.1, -0.9, 0.9, 1.2, 1.2])
    clusters = clustering.fit(weights, np.zeros(5))
    for symbol, center in enumerate(clusters.centers):
        assert center == pytest.approx(weights[clusters.symbols == symbol].mean())


@by_name
def test_single_precision_is_computed_in_double(clustering: Clustering) -> None:
    weights = np.random.default_rng(0).normal(size=50).astype(np.float32)
    hessian = np.ones(50, dtype=np.float32)
    single, double = clustering.fit(weights, hessian), clustering.fit(weights.astype(float), hessian.astype(float))
    np.testing.assert_array_equal(single.centers, double.centers)
    assert single.centers.dtype == np.float64
    assert single.symbols.dtype == np.int64


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (KMeans, (0,)),
        (KMeans, (2, 0)),
        (UniformBins, (0.0,)),
        (UniformBins, (np.nan,)),
        (EntropyConstrained, (0, 1.0)),
        (EntropyConstrained, (2, -1.0)),
        (EntropyConstrained, (2, 1.0, -1.0)),
        (EntropyConstrained, (2, 1.0, 0.0, 0)),
    ],
)
def test_impossible_settings(kind: type, arguments: tuple) -> None:
    with pytest.raises(ValueError, match=r"needs at least|must"):
        kind(*arguments)
