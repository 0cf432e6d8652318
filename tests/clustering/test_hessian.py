import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from compressible.clustering import fisher_diagonal

NAMES = ("0.weight", "1.weight", "4.weight", "4.bias")
IMAGES, LABELS = torch.randn(10, 2, 5, 5, generator=torch.Generator().manual_seed(0)), torch.arange(10) % 3
UNEQUAL = [(IMAGES[:7], LABELS[:7]), (IMAGES[7:], LABELS[7:])]


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(36, 3))
    layers(IMAGES)  # statistics other than those it begins with
    return layers.eval()


def one_sample_at_a_time(network: nn.Module) -> dict[str, Tensor]:
    parameters = dict(network.named_parameters())
    squares = {name: torch.zeros_like(parameters[name], dtype=torch.float64) for name in NAMES}
    for image, label in zip(IMAGES, LABELS, strict=True):
        network.zero_grad()
        F.cross_entropy(network(image[None]), label[None]).backward()
        for name in NAMES:
            gradient = parameters[name].grad
            assert gradient is not None
            squares[name] += gradient.double() ** 2 / len(IMAGES)
    network.zero_grad()
    return squares


@pytest.mark.parametrize("samples_at_once", [1, 3, 100])
def test_against_single_samples(network: nn.Module, samples_at_once: int) -> None:
    found = fisher_diagonal(network, UNEQUAL, NAMES, samples_at_once)
    expected = one_sample_at_a_time(network)
    assert tuple(found) == NAMES
    for name in NAMES:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-9)
        assert not found[name].requires_grad


def test_the_network_stays_as_it_is(network: nn.Module) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    fisher_diagonal(network, UNEQUAL, NAMES)
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(parameter.grad is None for parameter in network.parameters())


def test_a_network_that_trains(network: nn.Module) -> None:
    with pytest.raises(ValueError, match="evaluation mode"):
        fisher_diagonal(network.train(), UNEQUAL, NAMES)


def test_a_name_it_does_not_have(network: nn.Module) -> None:
    with pytest.raises(ValueError, match=r"no parameter 5\.weight"):
        fisher_diagonal(network, UNEQUAL, ["0.weight", "5.weight"])


def test_no_samples(network: nn.Module) -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        fisher_diagonal(network, [], NAMES)
