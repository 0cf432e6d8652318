import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from compressible.likelihoods import Likelihood, SquaredError

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def test_by_hand() -> None:
    """White is 2.2489, 2.4286 and 2.64 deviations above the mean of ImageNet's pixels."""
    images = torch.full((2, 3, 2, 2), 255, dtype=torch.uint8)
    loss = SquaredError().loss(torch.zeros(2, 3, 2, 2), images)
    assert float(loss) == pytest.approx((2.248908**2 + 2.428571**2 + 2.64**2) / 3, rel=1e-5)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_normalised_pixels_are_perfect_parameters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (2, 3, 4, 5))
    normalised = (pixels / 255 - MEAN[:, None, None]) / STD[:, None, None]
    head, images = SquaredError(), torch.from_numpy(pixels).to(torch.uint8)
    parameters = torch.from_numpy(normalised).float()
    assert float(head.loss(parameters, images)) < 1e-11
    assert float(head.loss(parameters + 0.5, images)) == pytest.approx(0.25, rel=1e-5)
    assert torch.equal(head.reconstruct(parameters), images)


def test_reconstruction_rounds_and_clamps() -> None:
    head = SquaredError(mean=(0.5,), std=(0.5,))
    parameters = torch.tensor([-40.0, -1.0, 0.0078, 0.0, 1.0, 40.0]).view(1, 1, 2, 3)
    assert head.reconstruct(parameters).flatten().tolist() == [0, 0, 128, 128, 255, 255]


def test_any_precision_is_taken_as_float32() -> None:
    parameters = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(0)).half().requires_grad_()
    images = torch.zeros(1, 3, 4, 4, dtype=torch.uint8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = SquaredError().loss(parameters, images)
    assert loss.dtype == SquaredError().loss(parameters.double(), images).dtype == torch.float32
    black = -(MEAN / STD)[:, None, None]
    assert float(loss) == pytest.approx(float(((parameters.detach().double().numpy() - black) ** 2).mean()), rel=1e-5)
    loss.backward()
    assert parameters.grad is not None
    expected = 2 * (parameters.detach().double().numpy() - black) / 48
    np.testing.assert_allclose(parameters.grad.double().numpy(), expected, rtol=2e-3, atol=1e-5)


def test_it_is_no_likelihood() -> None:
    assert not issubclass(SquaredError, Likelihood)


def test_refusals() -> None:
    for mean, std in (((0.5,), (0.5, 0.5)), ((0.5,), (0.0,)), ((), ())):
        with pytest.raises(ValueError, match="positive deviation"):
            SquaredError(mean, std)
    with pytest.raises(ValueError, match="3 channels are normalised, the images have 1"):
        SquaredError().loss(torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2, dtype=torch.uint8))
    with pytest.raises(ValueError, match="need parameters"):
        SquaredError().loss(torch.zeros(1, 3, 1, 2), torch.zeros(1, 3, 2, 2, dtype=torch.uint8))
