import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from compressible.quantizers import Scalar


def soft_histogram(values: list[float], levels: int, step: float) -> list[float]:
    """Every value shared by its two neighbours on the grid in proportion to nearness, one value at a time."""
    half = levels // 2
    q = [0.0] * levels
    for value in values:
        place = min(max(value / step, -half), half)
        for level in range(-half, half + 1):
            q[level + half] += max(0.0, 1 - abs(place - level)) / len(values)
    return q


def test_soft_histogram_by_hand() -> None:
    z = torch.tensor([[[0.3], [-0.5], [-2.0], [9.0]]])
    q = Scalar(1, 1, levels=5, step=0.5)(z).soft_histogram
    # 0.3 lies 0.6 of a step past zero; -0.5 and -2.0 (clipped to -1.0) are levels, and so is 9.0 (clipped to 1.0).
    assert q is not None
    torch.testing.assert_close(q, torch.tensor([[0.25, 0.25, 0.1, 0.15, 0.25]]))


@given(
    st.lists(st.floats(-8, 8, width=32), min_size=2, max_size=30),
    st.sampled_from([1, 3, 5, 31]),
    st.sampled_from([0.1, 0.5, 1.0, 3.0]),
)
def test_soft_histogram_is_the_piecewise_linear_one(values: list[float], levels: int, step: float) -> None:
    q = Scalar(1, 1, levels=levels, step=step)(torch.tensor(values).view(1, -1, 1)).soft_histogram
    assert q is not None
    np.testing.assert_allclose(q[0].numpy(), soft_histogram(values, levels, step), atol=1e-5)


def test_soft_histogram_gradient_against_finite_differences() -> None:
    levels, step = 7, 0.5
    z = torch.tensor([-0.61, -0.13, 0.2, 0.74, 1.4, 1.72, -4.0])
    weight = torch.tensor([0.3, -1.0, 2.0, 0.7, -0.4, 1.1, 3.0])
    leaf = z.view(1, -1, 1).clone().requires_grad_()
    q = Scalar(1, 1, levels=levels, step=step)(leaf).soft_histogram
    assert q is not None
    (q[0] * weight).sum().backward()
    assert leaf.grad is not None
    for i in range(len(z)):
        sides = []
        for shift in (-1e-4, 1e-4):
            moved = z.double().numpy().copy()
            moved[i] += shift
            sides.append(np.dot(soft_histogram(moved.tolist(), levels, step), weight.double().numpy()))
        assert float(leaf.grad[0, i, 0]) == pytest.approx((sides[1] - sides[0]) / 2e-4, abs=1e-4)


@given(st.floats(-40, 40, width=32), st.sampled_from([1, 3, 31]), st.sampled_from([0.25, 1.0, 1.7]))
def test_a_value_gets_the_nearest_level(value: float, levels: int, step: float) -> None:
    quantizer = Scalar(1, 1, levels=levels, step=step).eval()
    grid = [(k - levels // 2) * step for k in range(levels)]
    out = quantizer(torch.tensor([[[value]]]))
    assert float(out.z_hat) == pytest.approx(grid[int(out.symbols)])
    assert abs(float(out.z_hat) - value) <= min(abs(level - value) for level in grid) + 1e-5


def test_evaluation_is_exact_where_straight_through_arithmetic_is_not() -> None:
    quantizer = Scalar(1, 1, levels=5, step=0.1).eval()
    for z in (torch.tensor([[[math.inf], [-math.inf], [0.17]]]), torch.tensor([[[0.17], [-0.11]]]).bfloat16()):
        assert torch.equal(quantizer(z).z_hat, quantizer.dequantize(quantizer.symbols(z)))


def test_not_a_number_counts_as_zero_in_files_and_stays_visible_in_training() -> None:
    quantizer = Scalar(1, 1, levels=5)
    z = torch.tensor([[[math.nan], [1.0]]])
    assert quantizer.symbols(z).flatten().tolist() == [2, 3]
    out = quantizer.train()(z)
    assert out.z_hat.isnan().flatten().tolist() == [True, False]
    assert out.soft_histogram is not None
    assert out.soft_histogram.isnan().any()


def test_straight_through_is_exact_with_a_gradient_of_one() -> None:
    quantizer = Scalar(2, 3, levels=5, step=0.7).train()
    z = (2 * torch.randn(2, 50, 3)).requires_grad_()
    out = quantizer(z)
    weight = torch.randn_like(z)
    assert torch.equal(out.z_hat, quantizer.dequantize(quantizer.symbols(z)))
    (out.z_hat * weight).sum().backward()
    assert torch.equal(z.grad, weight)


def test_noise_is_uniform_over_one_step_around_the_clipped_value() -> None:
    torch.manual_seed(0)
    step, limit = 0.5, 2.5
    quantizer = Scalar(1, 1, levels=11, step=step, relaxation="noise").train()
    z = torch.linspace(-4, 4, 20001).view(1, -1, 1).requires_grad_()
    out = quantizer(z)
    noise = (out.z_hat - z.clamp(-limit, limit)).detach().flatten().double().numpy()
    assert kstest(noise, "uniform", args=(-step / 2, step)).pvalue > 0.01
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 0.03
    assert noise.var() == pytest.approx(step**2 / 12, rel=0.03)
    out.z_hat.sum().backward()
    assert torch.equal(z.grad, (z.detach().abs() <= limit).float())
    assert torch.equal(out.symbols, quantizer.symbols(z)), "symbols are those of the values without noise"


def test_noise_is_for_training_only() -> None:
    quantizer = Scalar(1, 2, relaxation="noise").eval()
    z = torch.randn(1, 30, 2)
    assert torch.equal(quantizer(z).z_hat, quantizer.dequantize(quantizer.symbols(z)))


@pytest.mark.parametrize(
    "wrong", [{"levels": 4}, {"levels": 0}, {"levels": -1}, {"step": 0.0}, {"step": -1.0}, {"relaxation": "nosie"}]
)
def test_arguments_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Scalar(1, 1, **wrong)
