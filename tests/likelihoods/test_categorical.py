import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax

from compressible.likelihoods import Categorical

HEAD = Categorical()


def test_a_uniform_decoder_costs_eight_bits_per_dimension() -> None:
    images = torch.randint(256, (2, 3, 4, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    parameters = torch.full((2, HEAD.channels(3), 4, 5), 0.7)
    assert float(HEAD.loss(parameters, images)) / math.log(2) == pytest.approx(8, rel=1e-6)
    np.testing.assert_allclose(HEAD.nats(parameters, images).numpy(), 60 * math.log(256), rtol=1e-6)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3]), st.sampled_from([0.1, 3.0, 1e4]))
def test_nats_and_gradient_against_scipy(seed: int, channels: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    logits = (rng.normal(0, spread, (2, channels, 256, 2, 3))).astype(np.float32)
    images = rng.integers(0, 256, (2, channels, 2, 3))
    chosen = np.arange(256)[:, None, None] == images[:, :, None]
    parameters = torch.from_numpy(logits.reshape(2, -1, 2, 3)).requires_grad_()
    nats = HEAD.nats(parameters, torch.from_numpy(images).to(torch.uint8))
    expected = -(log_softmax(logits.astype(np.float64), axis=2) * chosen).sum((1, 2, 3, 4))
    np.testing.assert_allclose(nats.detach().numpy(), expected, rtol=1e-5)
    (gradient,) = torch.autograd.grad(nats.sum(), parameters)
    # Differences of float32 logits of 1e4 are good to 1e-3.
    np.testing.assert_allclose(gradient.view(logits.shape).numpy(), softmax(logits, axis=2) - chosen, atol=2e-3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_lifted(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    parameters = torch.randn(2, 768, 3, 3, generator=generator).mul(5).to(dtype)
    images = torch.randint(256, (2, 3, 3, 3), dtype=torch.uint8, generator=generator)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        nats, picture = HEAD.nats(parameters, images), HEAD.reconstruct(parameters)
    assert nats.dtype == torch.float32
    assert torch.equal(nats, HEAD.nats(parameters.float(), images))
    assert torch.equal(picture, HEAD.reconstruct(parameters.float()))


def test_reconstruction_is_the_mean_by_hand() -> None:
    parameters = torch.full((1, 3, 256), -1e4)
    parameters[0, 0, 10], parameters[0, 0, 30] = math.log(0.25), math.log(0.75)
    parameters[0, 1, 255] = 0.0
    parameters[0, 2, 0], parameters[0, 2, 1], parameters[0, 2, 2] = 0.0, 0.0, 0.0
    picture = HEAD.reconstruct(parameters.view(1, 768, 1, 1))
    assert picture.dtype == torch.uint8
    assert picture.flatten().tolist() == [25, 255, 1]


def test_refusals() -> None:
    images = torch.zeros(1, 3, 2, 2, dtype=torch.uint8)
    with pytest.raises(ValueError, match="need parameters"):
        HEAD.nats(torch.zeros(1, 256, 2, 2), images)
    for bad in (images[0], images.long()):
        with pytest.raises(ValueError, match="uint8"):
            HEAD.nats(torch.zeros(1, 768, 2, 2), bad)
    with pytest.raises(ValueError, match="no image"):
        HEAD.reconstruct(torch.zeros(1, 300, 2, 2))
