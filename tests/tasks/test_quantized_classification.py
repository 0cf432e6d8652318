"""What the compressions of classifiers have in common."""

import functools
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from compressible.data.labelled_images import LabelledImages
from compressible.instantiate import ConfigError
from compressible.models import QuantizedNetwork, ResNet
from compressible.quantizers import SoftToHard
from compressible.tasks import Distillation, QuantizedClassification
from compressible.tasks.distillation import LABELS_ALONE
from compressible.tasks.optimizers import sgd


class Compression(QuantizedClassification):
    """The least that a subclass can be."""

    def fit_quantizers(self) -> None:
        self.model.initialise()


class Fixed(nn.Module):
    """Gives the same logits for every image."""

    def __init__(self, logits: list[float]) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(logits))

    def forward(self, images: Tensor) -> Tensor:
        return self.logits.expand(len(images), -1)


def compression(network: nn.Module, distillation: Distillation = LABELS_ALONE) -> Compression:
    model = QuantizedNetwork(network, functools.partial(SoftToHard, centers=5))
    return Compression(model, functools.partial(sgd, lr=0.1), distillation, channels_last=False)


@pytest.mark.parametrize("suffix", ["state", "run"])
def test_it_starts_from_a_state_or_from_a_run(suffix: str, tmp_path: Path) -> None:
    trained, task = ResNet(8, 4), compression(ResNet(8, 4))
    state = trained.state_dict()
    of_a_run = {"state_dict": {f"network.{name}": value for name, value in state.items()}, "epoch": 0}
    torch.save(state if suffix == "state" else of_a_run, tmp_path / "trained")
    task.start_from(tmp_path / "trained")
    for name, value in task.model.network.state_dict().items():
        assert torch.equal(value, state[name]), name
    with pytest.raises(ConfigError, match="trained holds another network than the configuration"):
        compression(ResNet(8, 5)).start_from(tmp_path / "trained")


def test_it_needs_something_to_start_from() -> None:
    with pytest.raises(ConfigError, match="init_from=FILE"):
        compression(ResNet(8, 4)).start_from(None)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_cross_entropy_with_labels_and_the_original_network_by_hand(share: float, temperature: float) -> None:
    """The original is what the network was when the run began, whatever it is now."""
    original, logits = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.1, -0.7])
    task = compression(Fixed(original.tolist()), Distillation(share, temperature))
    task.on_fit_start()
    with torch.no_grad():
        task.model.network.get_parameter("logits").zero_()
    log_q = logits - np.log(np.exp(logits).sum())
    p, q = (np.exp(values / temperature) for values in (original, logits))
    soft = -(p / p.sum() * np.log(q / q.sum())).sum() * temperature**2
    labels = [2, 0]
    expected = (1 - share) * -log_q[labels].mean() + share * soft
    batch = LabelledImages(torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.tensor(labels))
    found = task.cross_entropy(torch.from_numpy(logits).float().expand(2, -1), batch)
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_the_original_may_have_tied_weights_and_one_module_twice() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.flat, self.one = nn.Flatten(), nn.Linear(12, 12)
            self.other, self.tied = self.one, nn.Linear(12, 12)
            self.tied.weight = self.one.weight

        def forward(self, images: Tensor) -> Tensor:
            return self.tied(self.other(self.one(self.flat(images.float()))))

    torch.manual_seed(0)
    network = Twice()
    task = compression(network, Distillation(1.0))
    images = LabelledImages(torch.randint(255, (4, 3, 2, 2), dtype=torch.uint8), torch.zeros(4, dtype=torch.int64))
    teacher = network(images.images).detach()
    task.on_fit_start()
    with torch.no_grad():
        network.one.weight.zero_()
    soft = F.cross_entropy(torch.zeros(4, 12), teacher.softmax(1))
    torch.testing.assert_close(task.cross_entropy(torch.zeros(4, 12), images), soft)
    assert not network.one.weight.any(), "the network keeps its own"


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_an_impossible_share(share: float) -> None:
    with pytest.raises(ValueError, match="share of the loss"):
        Distillation(share)


def test_the_gradient_does_not_fade_with_the_temperature() -> None:
    """At a high temperature it is that of the squared difference of centered logits over twice their number."""
    logits, teacher = torch.tensor([[0.3, 0.1, -0.7]], requires_grad=True), torch.tensor([[1.0, -2.0, 0.5]])
    loss = Distillation(1.0, 1000.0).mix(torch.tensor(0.0), logits, teacher)
    (gradient,) = torch.autograd.grad(loss, logits)
    apart = (logits - teacher).detach()
    torch.testing.assert_close(gradient, (apart - apart.mean()) / 3, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_an_impossible_temperature(temperature: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        Distillation(0.5, temperature)
