from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.weights.grid import CORRELATION, PRICE, correlation, is_kernel, quantize_on_grid


def objective(points: np.ndarray, x: np.ndarray, h: np.ndarray, bits: dict[int, float]) -> float:
    """Of one kernel, as the module defines it."""
    error = points - x
    return float(error @ h @ error) + PRICE * sum(bits[int(point)] for point in points)


def by_definition(weights: np.ndarray, step: float) -> np.ndarray:
    """Two sweeps over the places of every kernel; at each, all points are tried and the whole objective computed."""
    window = weights.shape[2:] if weights.ndim > 2 else ()
    x = (weights / np.float32(step)).reshape(-1, int(np.prod(window))).astype(float)
    places = list(product(*map(range, window)))
    h = np.array([[CORRELATION ** sum(abs(a - b) for a, b in zip(p, q, strict=True)) for q in places] for p in places])
    points = np.rint(x)
    for _ in range(2):
        values, counts = np.unique(points, return_counts=True)
        bits = dict(zip(values.astype(int).tolist(), -np.log2(counts / counts.sum()), strict=True))
        for place in range(x.shape[1]):
            for row, kernel in zip(points, x, strict=True):
                tried = [np.where(np.arange(len(row)) == place, value, row) for value in values]
                row[place] = values[np.argmin([objective(candidate, kernel, h, bits) for candidate in tried])]
    return points.reshape(weights.shape)


@pytest.mark.parametrize("shape", [(20, 13), (6, 3, 3, 3), (9, 4, 5), (7, 2, 2, 3, 2), (40, 6, 1, 1)])
def test_points_are_those_of_the_definition(shape: tuple[int, ...]) -> None:
    weights = np.random.default_rng(len(shape)).laplace(size=shape).astype(np.float32)
    assert np.array_equal(quantize_on_grid(weights, 0.7), by_definition(weights, 0.7))


def test_correlation_by_hand() -> None:
    r = CORRELATION
    line = np.array([[1, r, r * r], [r, 1, r], [r * r, r, 1]])
    np.testing.assert_allclose(correlation((3,)), line, rtol=1e-6)
    square = correlation((3, 3))
    # From the upper left corner to the lower right one are four steps, to the centre two.
    np.testing.assert_allclose(square[0, [4, 8]], [r**2, r**4], rtol=1e-6)
    np.testing.assert_allclose(square, np.einsum("ac,bd->abcd", line, line).reshape(9, 9), rtol=1e-6)
    assert correlation(()).tolist() == [[1]]


def test_errors_of_a_kernel_cancel() -> None:
    """On inputs of the assumed correlation, the output changes less than by rounding, for hardly more bits.

    By how much is known for a fine grid and perfect feedback: the P-th root of the determinant of H.
    """
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(64, 32, 3, 3)).astype(np.float32)
    points = quantize_on_grid(weights, 0.5)
    h = correlation((3, 3)).astype(float)

    def harm(points: np.ndarray) -> float:
        errors = (points * 0.5 - weights).reshape(-1, 9)
        return float(np.einsum("np,pq,nq->", errors, h, errors))

    def entropy(points: np.ndarray) -> float:
        share = np.unique(points, return_counts=True)[1] / points.size
        return float(-(share * np.log2(share)).sum())

    rounded = np.rint(weights / 0.5)
    best = np.linalg.det(h) ** (1 / 9)
    assert 0.95 * best < harm(points) / harm(rounded) < 1.1 * best
    assert entropy(points) < entropy(rounded) + 0.06


@given(st.floats(2.0**-10, 2.0**10, width=16), st.integers(0, 99))
def test_points_are_near_and_none_is_new(step: float, seed: int) -> None:
    weights = np.random.default_rng(seed).normal(size=(8, 4, 3, 3)).astype(np.float32)
    points = quantize_on_grid(weights, step)
    assert points.dtype == np.int32
    assert np.abs(points - weights / np.float32(step)).max() < 3
    assert set(points.ravel().tolist()) <= set(np.rint(weights / np.float32(step)).ravel().astype(int).tolist())


@pytest.mark.parametrize(
    ("shape", "kernel"),
    [
        ((64, 32, 3, 3), True),
        ((64, 1, 7, 7), True),
        ((768, 3, 16, 16), True),
        ((8, 8, 5), True),
        ((8, 8, 3, 3, 3), True),
        ((64, 32), False),
        ((1, 197, 768), False),
        ((8, 512, 17), False),
        ((2, 2, 8, 8, 8), False),
        ((2, 2, 1, 1, 1, 1), False),
    ],
)
def test_what_a_kernel_looks_like(shape: tuple[int, ...], kernel: bool) -> None:
    assert is_kernel(shape) is kernel
