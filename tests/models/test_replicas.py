import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from compressible.models import BinaryNet, LayerPlan, Normalisation, Replicas
from compressible.models.replicas import drawn_anew, states_of

LABELS = torch.arange(5) % 4


def network() -> BinaryNet:
    layers = (LayerPlan(3, kernel=3, pool=2, activation="none"), LayerPlan(4, binary=False, activation="relu"))
    return BinaryNet((1, 8, 8), layers, Normalisation((127.5,), (127.5,)))


def pictures(count: int) -> Tensor:
    return torch.randint(256, (count, 5, 1, 8, 8), generator=torch.Generator().manual_seed(0)).byte()


def test_each_replica_is_trained_as_it_would_be_alone() -> None:
    """Weights and running statistics, by Adam on the sum of losses, against one network after the other.

    In double precision: Adam makes a whole step of a gradient that is rounding alone, and signs flip.
    """
    base = network().double()
    together = Replicas(base, 3, seed=7)
    alone = [drawn_anew(base, 7 + i) for i in range(3)]
    optimizers = [torch.optim.Adam(module.parameters(), 0.05) for module in (together, *alone)]
    for step in range(4):
        images = pictures(3).roll(step, 1)
        optimizers[0].zero_grad()
        (3 * F.cross_entropy(together(images).flatten(0, 1), LABELS.repeat(3))).backward()
        optimizers[0].step()
        for i, (one, optimizer) in enumerate(zip(alone, optimizers[1:], strict=True)):
            optimizer.zero_grad()
            F.cross_entropy(one(images[i]), LABELS).backward()
            optimizer.step()
    states = states_of(together.state_dict())
    assert len(states) == 3
    for state, one in zip(states, alone, strict=True):
        assert state.keys() == one.state_dict().keys()
        for name, value in one.state_dict().items():
            torch.testing.assert_close(state[name], value, rtol=1e-3, atol=1e-4)
    assert not torch.equal(states[0]["stages.0.layer.latent"], states[1]["stages.0.layer.latent"])
    together.eval()
    outputs = together(pictures(3))
    for i, one in enumerate(alone):
        torch.testing.assert_close(outputs[i], one.eval()(pictures(3)[i]), rtol=1e-3, atol=1e-4)


def test_a_seed_is_a_network() -> None:
    base = network()
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, later = (states_of(Replicas(base, 2, seed).state_dict()) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    name = "stages.1.layer.weight"
    assert torch.equal(first[1][name], again[1][name])
    assert torch.equal(first[1][name], later[0][name]), "seeds follow each other"
    assert not torch.equal(first[0][name], first[1][name])


def test_parameters_are_those_of_all_and_no_more() -> None:
    base = network()
    replicas = Replicas(base, 3, seed=0)
    count = sum(parameter.numel() for parameter in base.parameters())
    assert sum(parameter.numel() for parameter in replicas.parameters()) == 3 * count
    assert len(list(replicas.modules())) == 1
    replicas.load_state_dict(Replicas(base, 3, seed=9).state_dict())


def test_none_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Replicas(nn.Linear(1, 1), 0, 0)
