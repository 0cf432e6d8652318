import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax, logsumexp, softmax
from scipy.stats import logistic
from torch import Tensor

from compressible.likelihoods import LogisticMixture

EXTREMES = (-1e4, -30.0, -7.0, -1.0, -0.3, 0.0, 0.5, 1.0, 7.0, 30.0, 1e4)
EDGES = {(1, 0): 0, (2, 0): 1, (2, 1): 2}
"""Which coefficient carries the second channel of a pair into the first."""


@dataclass(frozen=True)
class Parameters:
    """Of one pixel: logits (m,), means (c, m), log-scales (c, m), coefficients before tanh (pairs, m)."""

    logits: np.ndarray
    means: np.ndarray
    log_scales: np.ndarray
    coefficients: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, channels: int, components: int) -> "Parameters":
        shape = (channels, components)
        pairs = channels * (channels - 1) // 2
        drawn = (
            rng.normal(0, 2, components),
            rng.uniform(-1.2, 1.2, shape),
            rng.uniform(-4.5, 2, shape),
            rng.normal(0, 1, (pairs, components)),
        )
        return cls(*(values.astype(np.float32).astype(np.float64) for values in drawn))

    @classmethod
    def draw_extreme(cls, rng: np.random.Generator, channels: int, components: int) -> "Parameters":
        rows = 1 + 2 * channels + channels * (channels - 1) // 2
        values = rng.choice(EXTREMES, (rows, components))
        return cls(
            values[0], values[1 : 1 + channels], values[1 + channels : 1 + 2 * channels], values[1 + 2 * channels :]
        )

    @property
    def channels(self) -> int:
        return len(self.means)

    @cached_property
    def tensor(self) -> Tensor:
        rows = [self.logits[None], self.means, self.log_scales, self.coefficients]
        return torch.from_numpy(np.concatenate(rows).reshape(1, -1, 1, 1)).float()

    def without_last_channel(self) -> "Parameters":
        c = self.channels - 1
        return Parameters(self.logits, self.means[:c], self.log_scales[:c], self.coefficients[: c * (c - 1) // 2])


def reference(parameters: Parameters, pixel: list[int]) -> float:
    """Log-probability of a pixel by differences of SciPy's logistic cdf."""
    components = log_softmax(parameters.logits)
    for channel, value in enumerate(pixel):
        mean = parameters.means[channel].copy()
        for earlier in range(channel):
            mean += np.tanh(parameters.coefficients[EDGES[channel, earlier]]) * (2 * pixel[earlier] / 255 - 1)
        components = components + np.log(bin_probability(value, mean, np.exp(parameters.log_scales[channel])))
    return float(logsumexp(components))


def bin_probability(value: int, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    low = -math.inf if value == 0 else (2 * value - 1) / 255 - 1
    high = math.inf if value == 255 else (2 * value + 1) / 255 - 1
    # The tail that is the smaller one has the digits.
    from_below = logistic.cdf(high, mean, scale) - logistic.cdf(low, mean, scale)
    from_above = logistic.sf(low, mean, scale) - logistic.sf(high, mean, scale)
    return np.where((low + high) / 2 < mean, from_below, from_above)


def log_probability(parameters: Parameters, pixels: list[list[int]]) -> Tensor:
    """(n,) of n pixels (n, c) with the same parameters, float64."""
    head = LogisticMixture(len(parameters.logits))
    images = torch.tensor(pixels, dtype=torch.uint8)[:, :, None, None]
    return -head.nats(parameters.tensor.expand(len(pixels), -1, -1, -1), images).double()


seeds = st.integers(0, 2**32 - 1)
draws = st.sampled_from([Parameters.draw, Parameters.draw_extreme])
values = st.one_of(st.sampled_from([0, 1, 254, 255]), st.integers(0, 255))


def test_numbers_of_channels() -> None:
    assert LogisticMixture().channels(1) == 30
    assert LogisticMixture().channels(3) == 100


@settings(max_examples=60)
@given(seeds, st.sampled_from([1, 3]), st.sampled_from([1, 10]), st.lists(values, min_size=3, max_size=3))
def test_nats_against_cdf_differences(seed: int, channels: int, components: int, pixel: list[int]) -> None:
    parameters = Parameters.draw(np.random.default_rng(seed), channels, components)
    expected = reference(parameters, pixel[:channels])
    assert float(log_probability(parameters, [pixel[:channels]])) == pytest.approx(expected, rel=1e-5, abs=1e-4)


def test_one_component_by_hand() -> None:
    """Mean 0 and scale 1/255 lie between 127 and 128, whose bins end at 0, at 2/255 and so on."""
    parameters = Parameters(np.zeros(1), np.zeros((1, 1)), np.full((1, 1), -math.log(255)), np.zeros((0, 1)))
    at_2 = 1 / (1 + math.exp(-2))
    at_4 = 1 / (1 + math.exp(-4))
    expected = torch.tensor([at_2 - 0.5, at_4 - at_2, at_2 - 0.5, at_4 - at_2], dtype=torch.float64)
    actual = log_probability(parameters, [[128], [129], [127], [126]]).exp()
    torch.testing.assert_close(actual, expected, rtol=1e-5, atol=0)


@settings(max_examples=100)
@given(seeds, draws, st.sampled_from([1, 3, 10]))
def test_all_values_of_a_grey_pixel_sum_to_one(seed: int, draw, components: int) -> None:
    parameters = draw(np.random.default_rng(seed), 1, components)
    total = log_probability(parameters, [[value] for value in range(256)]).exp().sum()
    assert float(total) == pytest.approx(1, abs=2e-5)


@settings(max_examples=100)
@given(seeds, draws, st.sampled_from([2, 3]), st.sampled_from([1, 10]), st.lists(values, min_size=2, max_size=2))
def test_all_values_of_a_channel_sum_to_one_given_those_before(
    seed: int, draw, channels: int, components: int, earlier: list[int]
) -> None:
    """What the last channel sums to is the probability of the earlier ones, however improbable that is."""
    parameters = draw(np.random.default_rng(seed), channels, components)
    before = earlier[: channels - 1]
    total = log_probability(parameters, [[*before, value] for value in range(256)]).logsumexp(0)
    expected = log_probability(parameters.without_last_channel(), [before])
    assert float(total) == pytest.approx(float(expected), rel=1e-5, abs=5e-5)


def test_an_image_costs_the_sum_of_its_pixels() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2, 3, 2, 3))
    drawn = [[[Parameters.draw(rng, 3, 4) for _ in range(3)] for _ in range(2)] for _ in range(2)]
    tensors = [torch.cat([torch.cat([p.tensor for p in row], 3) for row in image], 2) for image in drawn]
    expected = [
        -sum(reference(drawn[b][y][x], pixels[b, :, y, x].tolist()) for y in range(2) for x in range(3))
        for b in range(2)
    ]
    head, parameters = LogisticMixture(4), torch.cat(tensors)
    images = torch.from_numpy(pixels).to(torch.uint8)
    np.testing.assert_allclose(head.nats(parameters, images).numpy(), expected, rtol=1e-5)
    assert float(head.loss(parameters, images)) == pytest.approx(sum(expected) / 36, rel=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_extremes_have_finite_costs_and_gradients(channels: int) -> None:
    rng = np.random.default_rng(channels)
    drawn = [Parameters.draw_extreme(rng, channels, 10).tensor for _ in range(500)]
    parameters = torch.cat(drawn).requires_grad_()
    images = torch.from_numpy(rng.choice([0, 1, 127, 254, 255], (500, channels, 1, 1))).to(torch.uint8)
    nats = LogisticMixture().nats(parameters, images)
    (gradient,) = torch.autograd.grad(nats.sum(), parameters)
    assert nats.isfinite().all()
    assert bool((nats > -1e-4).all()), "no probability above one"
    assert gradient.isfinite().all()


@pytest.mark.parametrize("value", [0, 1, 100, 254, 255])
def test_gradients_against_finite_differences(value: int) -> None:
    parameters = Parameters.draw(np.random.default_rng(value), 3, 3)
    pixel, step = [value, 128, 255 - value], 1e-5
    flat = parameters.tensor.flatten().double().numpy()

    def nats(vector: np.ndarray) -> float:
        rows = vector.reshape(-1, 3)
        return -reference(Parameters(rows[0], rows[1:4], rows[4:7], rows[7:]), pixel)

    expected = [(nats(flat + d) - nats(flat - d)) / (2 * step) for d in step * np.eye(len(flat))]
    leaf = parameters.tensor.clone().requires_grad_()
    image = torch.tensor(pixel, dtype=torch.uint8).view(1, 3, 1, 1)
    LogisticMixture(3).nats(leaf, image).sum().backward()
    assert leaf.grad is not None
    np.testing.assert_allclose(leaf.grad.flatten().numpy(), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_lifted(dtype: torch.dtype) -> None:
    rng = np.random.default_rng(0)
    parameters = torch.cat([Parameters.draw(rng, 3, 10).tensor for _ in range(20)]).to(dtype)
    images = torch.from_numpy(rng.integers(0, 256, (20, 3, 1, 1))).to(torch.uint8)
    head = LogisticMixture()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        nats, loss, picture = head.nats(parameters, images), head.loss(parameters, images), head.reconstruct(parameters)
    assert nats.dtype == loss.dtype == torch.float32
    assert torch.equal(nats, head.nats(parameters.float(), images))
    assert torch.equal(picture, head.reconstruct(parameters.float()))


def test_reconstruction_by_hand() -> None:
    """Green follows from red within a component, and what lies outside counts as the nearest pixel value."""
    atanh_half = math.atanh(0.5)
    parameters = Parameters(
        logits=np.log([0.25, 0.75]),
        means=np.array([[-3.0, 1.0], [0.7, -0.1], [0.0, 5.0]]),
        log_scales=np.full((3, 2), -5.0),
        coefficients=np.array([[atanh_half, atanh_half], [0.0, 0.0], [atanh_half, 0.0]]),
    )
    # red: -1, 1; green: 0.7 - 0.5, -0.1 + 0.5; blue: 0 + 0.5 * 0.2, 1
    expected = [(mean + 1) * 127.5 for mean in (0.5, 0.35, 0.775)]
    picture = LogisticMixture(2).reconstruct(parameters.tensor)
    assert picture.dtype == torch.uint8
    assert picture.flatten().tolist() == [round(value) for value in expected]


def test_reconstruction_is_the_mean_of_samples() -> None:
    rng = np.random.default_rng(5)
    parameters = Parameters(
        logits=rng.normal(0, 1, 3),
        means=rng.uniform(-0.3, 0.3, (3, 3)),
        log_scales=np.full((3, 3), -4.0),
        coefficients=rng.normal(0, 0.5, (3, 3)),
    )
    component = rng.choice(3, 100_000, p=softmax(parameters.logits))
    x = np.zeros((3, 100_000))
    for channel in range(3):
        mean = parameters.means[channel, component]
        for earlier in range(channel):
            mean = mean + np.tanh(parameters.coefficients[EDGES[channel, earlier], component]) * x[earlier]
        x[channel] = np.clip(rng.logistic(mean, np.exp(-4.0)), -1, 1)
    picture = LogisticMixture(3).reconstruct(parameters.tensor).flatten().numpy()
    np.testing.assert_allclose(picture, (x.mean(1) + 1) * 127.5, atol=0.5 + 0.5)


def test_refusals() -> None:
    head = LogisticMixture(2)
    images = torch.zeros(1, 3, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match="at least one component"):
        LogisticMixture(0)
    for shape in ((1, 6, 4, 4), (1, 20, 4, 5), (2, 20, 4, 4)):
        with pytest.raises(ValueError, match="need parameters"):
            head.nats(torch.zeros(shape), images)
    with pytest.raises(ValueError, match="uint8"):
        head.loss(torch.zeros(1, 20, 4, 4), images.float())
    with pytest.raises(ValueError, match="no image"):
        head.reconstruct(torch.zeros(1, 19, 4, 4))
