"""Training of several networks at once through Lightning and the data module."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from torch.optim import Optimizer

from compressible.data.mnist import Mnist
from compressible.models import BinaryNet, LayerPlan, Normalisation, Replicas
from compressible.models.replicas import states_of
from compressible.tasks import OneCycle, ReplicatedClassification, Steady
from compressible.tasks.optimizers import clipped_adam, sgd
from mnist_files import write_mnist
from small_training import SaveAt, trainer


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mnist(tmp_path_factory.mktemp("data") / "mnist")


def data(root: Path, replicas: int, seed: int = 3) -> Mnist:
    return Mnist(str(root), 8, seed, padding=0, held_out=12, flip=False, replicas=replicas)


def task(
    count: int, seed: int = 3, lr: float = 0.5, optimizer: Callable[..., Optimizer] = clipped_adam
) -> ReplicatedClassification:
    layers = (LayerPlan(4, kernel=5, pool=4, activation="none"), LayerPlan(10, binary=False))
    network = BinaryNet((1, 28, 28), layers, Normalisation((127.5,), (127.5,)))
    replicas = Replicas(network.double(), count, seed)
    return ReplicatedClassification(replicas, partial(optimizer, lr=lr), OneCycle(0.25))


def test_a_network_does_not_depend_on_those_beside_it(root: Path) -> None:
    """Three at once, and the second of them by itself; weights and seeds of data.

    Without Adam, which makes a whole step of a gradient that is rounding alone.
    """
    together, alone = task(3, optimizer=sgd), task(1, seed=4, optimizer=sgd)
    trainer(5).fit(together, data(root, 3))
    trainer(5).fit(alone, data(root, 1, seed=4))
    second, only = states_of(together.network.state_dict())[1], states_of(alone.network.state_dict())[0]
    for name, value in only.items():
        torch.testing.assert_close(second[name], value, rtol=1e-3, atol=1e-4)


def test_latent_weights_stay_within_one_and_others_do_not(root: Path) -> None:
    trained = task(2)
    trainer(15).fit(trained, data(root, 2))
    state = states_of(trained.network.state_dict())[0]
    assert state["stages.0.layer.latent"].abs().max() == 1
    assert state["stages.1.layer.weight"].abs().max() > 1


def test_a_run_that_was_stopped_goes_on(root: Path, tmp_path: Path) -> None:
    straight, resumed = task(2), task(2)
    trainer(5, callbacks=[SaveAt(2, tmp_path / "last.ckpt")]).fit(straight, data(root, 2))
    trainer(5).fit(resumed, data(root, 2), ckpt_path=str(tmp_path / "last.ckpt"), weights_only=True)
    for key, value in straight.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key


def test_sharper_logits_are_those_of_the_loss_alone() -> None:
    images = torch.randint(256, (2, 5, 1, 28, 28)).byte()
    network = Replicas(BinaryNet((1, 28, 28), (LayerPlan(10),)), 2, 0).eval()
    make = partial(clipped_adam, lr=0.1)
    plain = ReplicatedClassification(network, make, Steady())
    sharp = ReplicatedClassification(network, make, Steady(), sharpness=3.0)
    torch.testing.assert_close(sharp(images), 3 * plain(images))
    assert Steady()(7, 10) == Steady()(0, 10) == 1


def test_channels_last_is_refused() -> None:
    with pytest.raises(ValueError, match="channels_last=false"):
        ReplicatedClassification(Replicas(torch.nn.Linear(1, 1), 1, 0), clipped_adam, Steady(), channels_last=True)
