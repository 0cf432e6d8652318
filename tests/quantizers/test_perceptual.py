import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.quantizers import Perceptual, Scalar

STEPS = (0.5, 16.0, 99.0, 3000.0)


def test_symbols_by_hand() -> None:
    """Alphabets of 2 round(100 / Q) + 1 symbols; round(G / Q), and beyond the reach the last one."""
    quantizer = Perceptual(4, 2, STEPS, reach=100.0).eval()
    assert quantizer.alphabet == (401, 13, 3, 1)
    z = torch.tensor([[[0.3, -7.0]], [[25.0, 1000.0]], [[-49.0, -50.0]], [[2000.0, 0.0]]])
    out = quantizer(z)
    assert out.symbols.tolist() == [[[201, 186]], [[8, 12]], [[1, 0]], [[0, 0]]]
    assert out.z_hat.tolist() == [[[0.5, -7.0]], [[32.0, 96.0]], [[0.0, -99.0]], [[0.0, 0.0]]]


@given(st.sampled_from(range(4)), st.floats(-150, 150, width=32))
def test_a_value_gets_the_nearest_multiple_of_its_groups_step(group: int, value: float) -> None:
    quantizer = Perceptual(4, 1, STEPS, reach=100.0).eval()
    last = quantizer.alphabet[group] // 2
    z = torch.zeros(4, 1, 1)
    z[group] = value
    found = float(quantizer(z).z_hat[group])
    assert abs(found - value) <= min(abs(k * STEPS[group] - value) for k in range(-last, last + 1)) + 1e-4


def test_equal_steps_are_those_of_a_uniform_grid() -> None:
    z = 40 * torch.randn(3, 50, 2)
    perceptual, scalar = Perceptual(3, 2, [7.0] * 3, reach=70.0), Scalar(3, 2, levels=21, step=7.0)
    ours, theirs = perceptual.train()(z), scalar.train()(z)
    assert torch.equal(ours.symbols, theirs.symbols)
    assert ours.alphabet == theirs.alphabet
    torch.testing.assert_close(ours.z_hat, theirs.z_hat)
    torch.testing.assert_close(ours.soft_histogram, theirs.soft_histogram)


def test_straight_through_is_exact_with_a_gradient_of_one() -> None:
    quantizer = Perceptual(4, 3, STEPS).train()
    z = (200 * torch.randn(4, 20, 3)).requires_grad_()
    out = quantizer(z)
    weight = torch.randn_like(z)
    assert torch.equal(out.z_hat, quantizer.dequantize(quantizer.symbols(z)))
    (out.z_hat * weight).sum().backward()
    assert z.grad is not None
    assert torch.equal(z.grad, weight)


@pytest.mark.parametrize(
    ("steps", "reach", "named"),
    [
        ([1.0], 9.0, "2 groups, got 1"),
        ([1.0, 0.0], 9.0, "steps must be positive"),
        ([1.0, -2.0], 9.0, "steps must be positive"),
        ([1.0, math.nan], 9.0, "steps must be positive"),
        ([1.0, math.inf], 9.0, "steps must be positive"),
        ([1.0, 2.0], 0.0, "reach"),
        ([1.0, 2.0], math.inf, "reach"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(steps: list[float], reach: float, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Perceptual(2, 1, steps, reach)
