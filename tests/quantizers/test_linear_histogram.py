import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.quantizers.linear_histogram import linear_histogram


def test_each_group_has_points_of_its_own() -> None:
    """Points -2..2; -1..1 and zeros after them; the one point 0."""
    u = torch.tensor([[-2.0, 0.25], [1.0, -0.5], [0.0, 0.0]])
    expected = [[0.5, 0, 0.375, 0.125, 0], [0.25, 0.25, 0.5, 0, 0], [1, 0, 0, 0, 0]]
    torch.testing.assert_close(linear_histogram(u, torch.tensor([[2], [1], [0]])), torch.tensor(expected))


@given(st.lists(st.tuples(st.integers(0, 6), st.lists(st.floats(-1, 1), min_size=4, max_size=4)), min_size=1))
def test_against_a_triangle_around_each_point(groups: list[tuple[int, list[float]]]) -> None:
    largest = torch.tensor([[m] for m, _ in groups])
    u = torch.tensor([[m * value for value in values] for m, values in groups], dtype=torch.float64)
    q = linear_histogram(u, largest)
    expected = np.zeros(q.shape)
    for row, (m, _), values in zip(expected, groups, u.tolist(), strict=True):
        for point in range(-m, m + 1):
            row[point + m] = np.mean([max(0.0, 1 - abs(value - point)) for value in values])
    np.testing.assert_allclose(q.numpy(), expected, atol=1e-12)
