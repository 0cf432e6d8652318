"""Calls with other tensors, against networks that have those tensors themselves."""

import copy

import pytest
import torch
from torch import Tensor, nn

from compressible.functional import call_with


class Recurrent(nn.Module):
    """One module under two names, one weight in two modules, two inputs."""

    def __init__(self) -> None:
        super().__init__()
        step = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
        self.first, self.again = step, step
        self.head = nn.Linear(4, 4)
        self.head.weight = step[0].weight

    def forward(self, x: Tensor, shift: Tensor) -> Tensor:
        return self.head(self.again(torch.relu(self.first(x))) + shift)


@pytest.mark.parametrize("names", ["first", "again", "head", "all"])
def test_a_tensor_is_replaced_wherever_it_is_and_the_network_keeps_its_own(names: str) -> None:
    torch.manual_seed(0)
    network = Recurrent().eval()
    x, shift, weight, mean = torch.randn(5, 4), torch.randn(5, 4), torch.randn(4, 4), torch.randn(4)
    before = {name: id(tensor) for name, tensor in network.state_dict(keep_vars=True).items()}
    expected = copy.deepcopy(network)
    with torch.no_grad():
        expected.head.weight.copy_(weight)
    tied = ("first.0.weight", "again.0.weight", "head.weight")
    tensors = {name: weight for name in tied if names in (name.split(".")[0], "all")}
    assert torch.equal(call_with(network, tensors, x, shift), expected(x, shift))

    expected.first[1].running_mean.copy_(mean)  # pyright: ignore[reportCallIssue]
    tensors |= {"again.1.running_mean": mean}
    assert torch.equal(call_with(network, tensors, x, shift), expected(x, shift))
    assert {name: id(tensor) for name, tensor in network.state_dict(keep_vars=True).items()} == before


def test_gradients_reach_the_given_tensor_from_all_its_places() -> None:
    torch.manual_seed(0)
    network, inputs = Recurrent().eval(), (torch.randn(5, 4), torch.randn(5, 4))
    given = network.head.weight.detach().clone().requires_grad_()
    for _ in range(2):  # a network that kept the graph of the first call would fail in the second
        given.grad = None
        call_with(network, {"head.weight": given}, *inputs).square().sum().backward()
    network(*inputs).square().sum().backward()
    torch.testing.assert_close(given.grad, network.head.weight.grad)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="bias"):
        call_with(nn.Linear(2, 2, bias=False), {"bias": torch.zeros(2)}, torch.zeros(1, 2))
