import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from compressible.models import ResNet, resnet20, resnet32, resnet44, resnet56, resnet110
from compressible.models.resnet import shortcut

CONSTRUCTORS = (resnet20, resnet32, resnet44, resnet56, resnet110)


def count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def test_parameters_of_the_five_networks() -> None:
    counts = [count(make()) for make in CONSTRUCTORS]
    assert counts == [269_722, 464_154, 658_586, 853_018, 1_727_962]


@given(st.integers(1, 4), st.integers(1, 9), st.integers(1, 12))
def test_parameters_by_hand(blocks: int, width: int, classes: int) -> None:
    """3x3 kernels without biases, two numbers a normalised channel, the linear layer with its bias."""
    first, second, third = width, 2 * width, 4 * width
    kernels = 3 * first + 2 * blocks * first**2
    kernels += first * second + (2 * blocks - 1) * second**2
    kernels += second * third + (2 * blocks - 1) * third**2
    norms = first + 2 * blocks * (first + second + third)
    expected = 9 * kernels + 2 * norms + third * classes + classes
    assert count(ResNet(6 * blocks + 2, width, classes)) == expected


def test_names_of_parameters() -> None:
    names = dict(ResNet(14).named_parameters())
    expected = {"stem.conv.weight", "stem.norm.weight", "stem.norm.bias", "classifier.weight", "classifier.bias"}
    for stage in range(3):
        for block in range(2):
            for layer in (1, 2):
                expected |= {f"stages.{stage}.{block}.conv{layer}.weight"}
                expected |= {f"stages.{stage}.{block}.norm{layer}.{name}" for name in ("weight", "bias")}
    assert set(names) == expected
    assert names["stages.1.0.conv1.weight"].shape == (32, 16, 3, 3)


def test_what_is_saved_is_what_was_learned() -> None:
    """The constants of the normalisation are no part of it."""
    assert not [key for key in ResNet(8).state_dict() if key.startswith("normalisation")]


@pytest.mark.parametrize("depth", [2, 7, 9, 33, -4])
def test_depths_that_do_not_exist_are_refused(depth: int) -> None:
    with pytest.raises(ValueError, match="6 n"):
        ResNet(depth)


def test_option_a_by_hand() -> None:
    """Every second pixel, in the middle of channels that are zero."""
    x = np.random.default_rng(0).normal(size=(2, 4, 6, 8))
    expected = np.zeros((2, 8, 3, 4))
    for image in range(2):
        for channel in range(4):
            for row in range(3):
                for column in range(4):
                    expected[image, channel + 2, row, column] = x[image, channel, 2 * row, 2 * column]
    assert np.array_equal(shortcut(torch.from_numpy(x), 8).numpy(), expected)
    assert np.array_equal(shortcut(torch.from_numpy(x), 4).numpy(), x)


def reference(state: dict[str, Tensor], images: Tensor, blocks: int) -> Tensor:
    """The network in eval mode, written as its equations; batch normalisation by its formula."""

    def normalised(x: Tensor, name: str) -> Tensor:
        mean, variance, gamma, beta = (
            state[f"{name}.{part}"].view(-1, 1, 1) for part in ("running_mean", "running_var", "weight", "bias")
        )
        return gamma * (x - mean) / (variance + 1e-5).sqrt() + beta

    mean, deviation = torch.tensor([125.3, 123.0, 113.9]).double(), torch.tensor([63.0, 62.1, 66.7]).double()
    x = (images.permute(0, 2, 3, 1).double() - mean) / deviation
    x = F.conv2d(x.permute(0, 3, 1, 2), state["stem.conv.weight"], padding=1)
    x = normalised(x, "stem.norm").clamp(min=0)
    for stage in range(3):
        for block in range(blocks):
            name, halves = f"stages.{stage}.{block}", stage > 0 and block == 0
            y = F.conv2d(x, state[f"{name}.conv1.weight"], stride=2 if halves else 1, padding=1)
            y = normalised(y, f"{name}.norm1").clamp(min=0)
            y = normalised(F.conv2d(y, state[f"{name}.conv2.weight"], padding=1), f"{name}.norm2")
            if halves:
                quarter = torch.zeros_like(y[:, : y.shape[1] // 4])
                x = torch.cat([quarter, x[:, :, ::2, ::2], quarter], 1)
            x = (x + y).clamp(min=0)
    return x.mean(-1).mean(-1) @ state["classifier.weight"].T + state["classifier.bias"]


def test_logits_are_those_of_the_equations() -> None:
    torch.manual_seed(0)
    network = ResNet(14, width=4, classes=7).double().eval()
    state = network.state_dict()
    for key, value in state.items():
        if value.dim() == 1 and value.is_floating_point():
            value.uniform_(0.5, 1.5) if "var" in key else value.normal_()
    images = torch.randint(256, (3, 3, 32, 32), dtype=torch.uint8)
    expected = reference(state, images, blocks=2)
    assert expected.std() > 0.01
    assert torch.allclose(network(images), expected, atol=1e-4)
    assert torch.equal(network(images), network(images.double())), "bytes and floats in 0..255 are the same"


def test_weights_begin_as_he_et_al_have_it() -> None:
    """Deviation sqrt(2 / inputs) of each kernel."""
    torch.manual_seed(0)
    for name, parameter in resnet20().named_parameters():
        if parameter.dim() == 4:
            deviation = math.sqrt(2 / parameter[0].numel())
            error = 5 / math.sqrt(2 * parameter.numel())
            assert float(parameter.std()) == pytest.approx(deviation, rel=error), name
