import copy

import torch
from torch import nn, optim
from torch.nn import functional as F

from compressible.tasks.joined_optimizers import Joined, sgd_and_adam


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))


def train(model: nn.Module, optimizers: list[optim.Optimizer], schedulers: list, steps: int, first: int = 0) -> None:
    for step in range(first, first + steps):
        x = torch.randn(16, 4, generator=torch.Generator().manual_seed(step))
        for optimizer in optimizers:
            optimizer.zero_grad()
        F.cross_entropy(model(x), x[:, :3].argmax(1)).backward()
        for optimizer in optimizers:
            optimizer.step()
        for scheduler in schedulers:
            scheduler.step()


def halves(model: nn.Sequential) -> list[optim.Optimizer]:
    return [
        optim.SGD(model[0].parameters(), lr=0.1, momentum=0.9, nesterov=True),
        optim.Adam(model[2].parameters(), lr=0.01),
    ]


def schedule(optimizer: optim.Optimizer) -> optim.lr_scheduler.LambdaLR:
    return optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step))


def test_together_they_do_what_they_do_apart() -> None:
    """With a schedule, and through a checkpoint in the middle."""
    apart, joined = network(), network()
    optimizers = halves(apart)
    train(apart, optimizers, [schedule(optimizer) for optimizer in optimizers], 7)

    first = Joined(halves(joined))
    before = schedule(first)
    train(joined, [first], [before], 3)
    second = Joined(halves(joined))
    after = schedule(second)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    after.load_state_dict(before.state_dict())
    train(joined, [second], [after], 4, first=3)
    for one, other in zip(apart.parameters(), joined.parameters(), strict=True):
        assert torch.equal(one, other)


def test_names_choose_the_optimizer() -> None:
    """One step of gradient descent by hand; one of Adam moves everything by the learning rate."""
    model = network()
    before = copy.deepcopy(model.state_dict())
    optimizer = sgd_and_adam(
        model.named_parameters(), lr=0.1, momentum=0.0, nesterov=False, adam_lr=0.01, adam_for=("2.*",)
    )
    train(model, [optimizer], [], 1)
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    for name, value in model.state_dict().items():
        gradient = gradients[name]
        assert gradient is not None
        step = 0.01 * gradient.sign() if name.startswith("2.") else 0.1 * gradient
        torch.testing.assert_close(value, before[name] - step, rtol=1e-4, atol=1e-7)
