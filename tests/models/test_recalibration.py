import pytest
import torch
from torch import nn

from compressible.models.recalibration import recalibrate


def test_statistics_are_the_means_over_the_batches_with_other_weights() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4, momentum=0.3), nn.Dropout(0.5))
    network(torch.randn(9, 3))  # leaves statistics that must be forgotten
    network.train()
    network[2].eval()
    weight, batches = torch.randn(4, 3), torch.randn(5, 8, 3)
    recalibrate(network, {"0.weight": weight}, batches)
    with torch.no_grad():
        features = batches @ weight.T + network[0].bias
    norm = network[1]
    torch.testing.assert_close(norm.running_mean, features.mean(1).mean(0))
    torch.testing.assert_close(norm.running_var, features.var(1).mean(0))
    assert norm.momentum == 0.3
    assert [module.training for module in network.modules()] == [True, True, True, False]


def test_batches_may_be_tuples() -> None:
    class Shifted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(3)

        def forward(self, x: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
            return self.norm(x + shift)

    network, batches = Shifted(), torch.randn(2, 4, 8, 3)
    recalibrate(network, {}, zip(*batches, strict=True))
    torch.testing.assert_close(network.norm.running_mean, batches.sum(0).mean((0, 1)))


def test_without_batches_statistics_stay_and_it_is_told() -> None:
    network = nn.BatchNorm1d(3)
    network(torch.randn(9, 3) + 5)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(ValueError, match="at least one batch"):
        recalibrate(network, {}, iter([]))
    assert all(torch.equal(network.state_dict()[name], value) for name, value in before.items())


def test_a_network_without_normalisation_is_left_alone() -> None:
    network = nn.Linear(2, 2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    recalibrate(network, {}, [torch.randn(4, 2)])
    assert all(torch.equal(network.state_dict()[name], value) for name, value in before.items())
