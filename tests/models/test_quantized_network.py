import math
import re
from collections.abc import Sequence
from functools import partial
from typing import get_args

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from compressible.models import ResNet
from compressible.models.quantized_network import QuantizedNetwork, Scales
from compressible.partitions.tensors import Codebooks
from compressible.quantizers import SoftToHard
from compressible.quantizers.soft_to_hard import Seeding

quantizer = partial(SoftToHard, centers=5)


class Tied(nn.Module):
    """Two layers with one weight, an integer buffer, a frozen parameter and a single number."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 4)
        self.second.weight = self.first.weight
        self.frozen = nn.Parameter(torch.ones(4), requires_grad=False)
        self.gain = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("count", torch.tensor([1, 2, 3]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(torch.relu(self.first(x))) * self.gain + self.frozen


def small() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3))


def test_it_computes_with_the_nearest_center_of_each_weight() -> None:
    network = small()
    model = QuantizedNetwork(network, quantizer, scales="network")
    model.initialise()
    model.eval()
    x = torch.randn(2, 1, 4, 4)
    y, _ = model(x)

    latent = torch.cat([p.detach().flatten() for p in network.parameters()])
    rms = latent.square().mean().sqrt()
    centers = model.quantizers[0].centers.detach().flatten()
    reference = small()
    with torch.no_grad():
        for p in reference.parameters():
            p.copy_(centers[(p[..., None] / rms - centers).abs().argmin(-1)] * rms)
    torch.testing.assert_close(y, reference.eval()(x))


def test_scales_are_root_mean_squares() -> None:
    network = nn.Linear(2, 2)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
        network.bias.copy_(torch.tensor([1.0, -7.0]))
    expected = {
        "channel": {"weight": [[12.5**0.5], [1.0]], "bias": [5.0]},  # a row of zeros is divided by one
        "tensor": {"weight": [[6.25**0.5]], "bias": [5.0]},
        "network": {"weight": [[12.5**0.5]], "bias": [12.5**0.5]},  # (9 + 16 + 1 + 49) / 6
    }
    for scales, values in expected.items():
        model = QuantizedNetwork(network, quantizer, scales=scales)  # pyright: ignore[reportArgumentType]
        centers = model.all_quantizers()[0].centers.clone()
        model.fit_scales()
        assert torch.equal(model.all_quantizers()[0].centers, centers), "which are left to others"
        for name, scale in model.scales().items():
            torch.testing.assert_close(scale, torch.tensor(values[name]))


def test_scales_of_fixed_symbols_are_trained() -> None:
    """The loss changes with the logarithm of a scale as with the weights, times the weights."""
    network = nn.Linear(3, 2, bias=False)
    model = QuantizedNetwork(network, quantizer, scales="channel")
    model.initialise()
    model.fix_symbols(model.symbols())
    x, towards = torch.randn(5, 3), torch.randn(5, 2)
    (model(x)[0] * towards).sum().backward()
    weights = model.weights()[0]["weight"].detach()
    expected = (towards.T @ x * weights).sum(1, keepdim=True)
    torch.testing.assert_close(dict(model.named_parameters())["log_scale_0"].grad, expected)


def test_patterns_choose_and_the_others_stay_as_they_are() -> None:
    network = small()
    model = QuantizedNetwork(network, quantizer, quantized=("0.*", "4.weight"), codebooks="tensor")
    assert model.partition.groups == (("0.weight",), ("4.weight",), ("0.bias",))
    weights, _ = model.weights()
    assert set(weights) == {"0.weight", "0.bias", "4.weight"}


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        (("nothing",), "no trainable parameter has a name like nothing"),
        (("0.*", "nothing"), "no trainable parameter has a name like nothing"),
        (("frozen",), "no trainable parameter has a name like frozen"),
        (("empty",), "no trainable parameter has a name like empty"),
        ((), "list of patterns"),
        ("4.*", "list of patterns, got '4.*'"),  # a text is a sequence too, and its * is like every name
    ],
)
def test_patterns_that_choose_nothing_are_refused(patterns: Sequence[str], message: str) -> None:
    network = small()
    network.register_parameter("frozen", nn.Parameter(torch.ones(2), requires_grad=False))
    network.register_parameter("empty", nn.Parameter(torch.ones(0)))
    with pytest.raises(ValueError, match=re.escape(message)):
        QuantizedNetwork(network, quantizer, quantized=patterns)


def test_a_tied_parameter_is_chosen_by_any_of_its_names() -> None:
    assert set(QuantizedNetwork(Tied(), quantizer, quantized=("second.w*",)).partition.shapes) == {"first.weight"}


@pytest.mark.parametrize("codebooks", get_args(Codebooks))
@pytest.mark.parametrize("scales", get_args(Scales))
def test_parameters_without_values_are_left_out(scales: Scales, codebooks: Codebooks) -> None:
    network = small()
    network.register_parameter("empty", nn.Parameter(torch.zeros(0, 3)))
    model = QuantizedNetwork(network, quantizer, codebooks=codebooks, scales=scales)
    model.initialise()
    assert "empty" not in model.partition.shapes
    assert model(torch.randn(2, 1, 4, 4))[0].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_have_the_types_of_their_parameters(dtype: torch.dtype) -> None:
    """They are quantized in float32, and then rounded; in float16 squares of the weights would be infinite."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(6, 6).to(dtype), nn.Linear(6, 2, dtype=dtype))
    with torch.no_grad():
        network[0].weight.mul_(2000)
    model = QuantizedNetwork(network, quantizer, scales="tensor")
    model.initialise()
    model.eval()
    weights, _ = model.weights()
    centers = model.quantizers[0].centers.detach().flatten()
    for name, parameter in network.named_parameters():
        latent = parameter.detach().float()
        scale = latent.square().mean().sqrt()
        nearest = centers[(latent[..., None] / scale - centers).abs().argmin(-1)]
        expected = (nearest * scale).to(dtype)
        torch.testing.assert_close(weights[name], expected, rtol=max(torch.finfo(dtype).eps, 1e-6), atol=0)
    model.train()
    y, _ = model(torch.randn(3, 6, dtype=dtype))
    assert y.dtype == dtype
    y.square().mean().backward()
    assert all(parameter.grad is not None and parameter.grad.dtype == dtype for parameter in network.parameters())


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_not_finite_are_refused(value: float) -> None:
    network = small()
    with torch.no_grad():
        network.get_parameter("4.weight")[0, 0] = value
    with pytest.raises(ValueError, match=r"4\.weight has values that are not finite"):
        QuantizedNetwork(network, quantizer).initialise()


def test_a_network_may_take_several_inputs() -> None:
    network = nn.Bilinear(3, 3, 2)
    model = QuantizedNetwork(network, quantizer)
    model.initialise()
    model.eval()
    one, other = torch.randn(2, 4, 3)
    weights = {name: weight.detach() for name, weight in model.weights()[0].items()}
    expected = torch.einsum("bi,oij,bj->bo", one, weights["weight"], other) + weights["bias"]
    torch.testing.assert_close(model(one, other)[0].detach(), expected)


@pytest.mark.parametrize("scales", get_args(Scales))
def test_tied_frozen_and_single_parameters(scales: Scales) -> None:
    network = Tied()
    model = QuantizedNetwork(network, quantizer, scales=scales)
    names = ("first.weight", "first.bias", "second.bias", "gain")
    assert set(model.partition.shapes) == set(names)
    model.initialise()
    model.eval()
    x = torch.randn(3, 4)
    weights, _ = model.weights()
    w, b, c, gain = (weights[name].detach() for name in names)
    expected = (torch.relu(x @ w.T + b) @ w.T + c) * gain + 1
    torch.testing.assert_close(model(x)[0].detach(), expected)


def test_gradients_reach_weights_and_centers() -> None:
    model = QuantizedNetwork(small(), quantizer)
    model.initialise()
    y, _ = model(torch.randn(8, 1, 4, 4))
    y.square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.abs().sum() > 0), name


def test_fixed_symbols_stay_while_centers_move() -> None:
    model = QuantizedNetwork(small(), quantizer, codebooks="tensor")
    model.initialise()
    before = model.symbols()
    model.fix_symbols(before)
    with torch.no_grad():
        for own in model.all_quantizers():
            own.centers.mul_(-3)  # which would give nearly every weight another nearest center
    assert all(torch.equal(a, b) for a, b in zip(model.symbols(), before, strict=True))
    weights, quantized = model.weights()
    scale = model.scales()["0.weight"]
    centers = model.all_quantizers()[0].centers.flatten()
    expected = centers[before[0]].view(4, 1, 3, 3) * scale
    assert torch.equal(weights["0.weight"], expected)
    assert torch.equal(quantized[0].symbols, before[0])
    weights["0.weight"].sum().backward()
    assert model.all_quantizers()[0].centers.grad is not None
    assert not model.network.get_parameter("0.weight").requires_grad


def test_symbols_are_fixed_as_given() -> None:
    """Not the nearest ones, and a vector each."""
    model = QuantizedNetwork(small(), quantizer, codebooks="tensor")
    model.initialise()
    given = tuple((symbols + torch.arange(symbols.shape[1])) % 5 for symbols in model.symbols())
    assert not any(torch.equal(a, b) for a, b in zip(model.symbols(), given, strict=True))
    model.fix_symbols(given)
    assert all(torch.equal(a, b) for a, b in zip(model.symbols(), given, strict=True))
    weights, _ = model.weights()
    scale = model.scales()["4.weight"]
    expected = model.all_quantizers()[1].centers.flatten()[given[1]].view(3, 16) * scale
    assert torch.equal(weights["4.weight"], expected)


def trained(patterns: torch.Tensor) -> ResNet:
    """A classifier that knows which of the ``patterns`` an image of ``noisy`` shows."""
    network = ResNet(8, 8, classes=len(patterns))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    for _ in range(40):
        labels = torch.randint(len(patterns), (32,))
        optimizer.zero_grad()
        F.cross_entropy(network(noisy(patterns[labels])), labels).backward()
        optimizer.step()
    return network.eval()


def noisy(images: torch.Tensor) -> torch.Tensor:
    return 0.7 * images + 0.3 * 255 * torch.rand(images.shape)


@pytest.mark.parametrize("seeding", ["sampled", "even"])
def test_before_annealing_it_computes_what_the_network_does(seeding: Seeding) -> None:
    """75 centers at sigma_0; at a softer assignment all weights are nearly the same."""
    torch.manual_seed(0)
    patterns = F.interpolate(255 * torch.rand(5, 3, 2, 2), size=16, mode="bilinear")
    network = trained(patterns)
    labels = torch.arange(5).repeat(40)
    images = noisy(patterns[labels])
    expected = network(images).detach()
    assert (expected.argmax(1) == labels).float().mean() > 0.95, "or there would be nothing to spoil"

    model = QuantizedNetwork(network, partial(SoftToHard, centers=75, seeding=seeding))
    model.initialise()
    model.train()
    network.eval()  # other statistics would change the logits, too
    logits = model(images)[0].detach()
    assert (logits - expected).square().mean() < 0.1**2 * expected.var()
    assert (logits.argmax(1) == expected.argmax(1)).float().mean() >= 0.99
    model.all_quantizers()[0].hardness *= 1e-4
    assert (model(images)[0].argmax(1) == expected.argmax(1)).float().mean() < 0.5


def test_state_round_trip_keeps_symbols_and_scales() -> None:
    model = QuantizedNetwork(small(), quantizer, scales="channel")
    model.initialise()
    model.fix_symbols(model.symbols())
    other = QuantizedNetwork(small(), quantizer, scales="channel")
    other.load_state_dict(model.state_dict())
    x = torch.randn(2, 1, 4, 4)
    assert torch.equal(other.eval()(x)[0], model.eval()(x)[0])
