import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from compressible.quantizers.scalar_cells import nearest_scalar, sort_cells
from compressible.quantizers.soft_assignment import Distance

on_a_grid = st.integers(-20, 20).map(lambda k: k / 8)


@given(
    z=st.lists(on_a_grid, min_size=1, max_size=30),
    centers=st.lists(st.lists(on_a_grid, min_size=5, max_size=5), min_size=1, max_size=3),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_nearest_of_many_ties_is_the_lowest_index(z: list, centers: list, dtype: torch.dtype) -> None:
    """On a grid all differences are exact, and NumPy's argmin takes the first of equal ones."""
    values = np.tile(z, (len(centers), 1))
    expected = np.abs(values[:, :, None] - np.array(centers)[:, None]).argmin(-1)
    found = nearest_scalar(torch.tensor(values, dtype=dtype)[..., None], torch.tensor(centers, dtype=dtype)[..., None])
    assert np.array_equal(found.numpy(), expected)


@given(
    centers=st.lists(st.floats(-100, 100, width=32).filter(lambda c: abs(c) > 1e-5), min_size=2, max_size=8),
    steps=st.integers(-2, 2),
)
def test_nearest_is_exact_to_the_last_bit_beside_midpoints(centers: list[float], steps: int) -> None:
    """Magnitudes are such that float64 holds the sum of two float32."""
    ascending = np.sort(np.array(centers, np.float32))
    z = (ascending[:-1] + ascending[1:]) / 2
    for _ in range(abs(steps)):
        z = np.nextafter(z, np.float32(math.copysign(np.inf, steps)))
    exact = [Fraction(c) for c in centers]
    expected = [min(range(len(exact)), key=lambda j: abs(exact[j] - Fraction(float(value)))) for value in z]
    found = nearest_scalar(torch.from_numpy(z).view(1, -1, 1), torch.tensor(centers).view(1, -1, 1))
    assert found.tolist() == [expected]


def test_cells_of_different_groups_are_numbered_apart() -> None:
    cells = sort_cells(torch.tensor([[3.0, 1.0], [0.0, 9.0]]))
    found = cells.find(torch.tensor([[0.0, 7.0], [0.0, 7.0]]))
    assert found.tolist() == [[0, 1], [2, 3]]
    assert cells.symbols(found).tolist() == [[1, 0], [0, 1]]


def farther(z: Tensor, own: Tensor, other: Tensor, distance: Distance) -> Tensor:
    power = 2 if distance == "squared" else 1
    return (z - other).abs() ** power - (z - own).abs() ** power


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("distance", ["squared", "euclidean"])
@pytest.mark.parametrize("sigma", [1e-3, 1.0, 40.0, 1e3, 1e6])
def test_bands_hold_all_that_is_felt_and_nothing_else(sigma: float, distance: Distance, dtype: torch.dtype) -> None:
    """Brute force over each cell: ends, values between, and for the outermost cells far beyond."""
    generator = torch.Generator().manual_seed(0)
    centers = torch.cat([torch.randn(20, generator=generator), torch.tensor([0.1, 0.1, 7.0, -9.0])]).to(dtype)
    cells = sort_cells(centers[None])
    (first,), (last,) = cells.bands(sigma, distance)
    size, resolution = len(centers), torch.finfo(dtype).eps
    c, ends = cells.centers[0].double(), cells.ends[0].double()
    edges = torch.cat([c[:1] - 50, ends, c[-1:] + 50])
    felt = []
    for cell in range(size):
        z = torch.lerp(edges[cell], edges[cell + 1], torch.linspace(0, 1, 201, dtype=torch.float64))[:, None]
        weights = torch.exp(-sigma * farther(z, c[cell], c[None], distance))
        inside = torch.zeros(size, dtype=torch.bool)
        inside[first[cell] : last[cell]] = True
        assert inside[cell]
        assert (weights[:, ~inside].sum(1) < resolution / 100).all()
        # The edge of a cell is among the values, so a center inside the band has its full weight there.
        assert (weights[:, inside].max(0).values > resolution / 200 / size).all()
        felt.append(int(inside.sum()))
    if sigma == 1e-3:
        assert felt == [size] * size
    if sigma == 1e6:
        assert max(felt) <= 6, "neighbours, and the two that are equal"


def test_a_single_center_has_no_ends() -> None:
    cells = sort_cells(torch.tensor([[2.0]]))
    assert cells.find(torch.tensor([[-5.0, 2.0, 9.0]])).tolist() == [[0, 0, 0]]
    first, last = cells.bands(1.0, "squared")
    assert (first.tolist(), last.tolist()) == ([[0]], [[1]])
