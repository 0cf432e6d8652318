import numpy as np
import pytest
import torch
from torch import nn

from compressible.tasks.optimizers import sgd


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, bias=False)
        self.norm = nn.BatchNorm2d(3)
        self.linear = nn.Linear(3, 4)


@pytest.mark.parametrize("nesterov", [True, False])
def test_steps_by_hand_and_what_decays(nesterov: bool) -> None:
    """v = m v + g, weight -= lr (g + m v) with Nesterov's look ahead or lr v without; g includes the decay."""
    network = Small().double()
    optimizer = sgd(network.named_parameters(), lr=0.3, momentum=0.8, nesterov=nesterov, weight_decay=0.1)
    draw = np.random.default_rng(0)
    decayed = {"conv.weight": 0.1, "linear.weight": 0.1, "norm.weight": 0.0, "norm.bias": 0.0, "linear.bias": 0.0}
    expected = {name: parameter.detach().numpy().copy() for name, parameter in network.named_parameters()}
    velocity = dict.fromkeys(expected, 0.0)
    for _ in range(3):
        for name, parameter in network.named_parameters():
            gradient = draw.normal(size=parameter.shape)
            parameter.grad = torch.from_numpy(gradient)
            gradient = gradient + decayed[name] * expected[name]
            velocity[name] = 0.8 * velocity[name] + gradient
            expected[name] = expected[name] - 0.3 * (gradient + 0.8 * velocity[name] if nesterov else velocity[name])
        optimizer.step()
    for name, parameter in network.named_parameters():
        assert np.allclose(parameter.detach().numpy(), expected[name], rtol=1e-12), name
