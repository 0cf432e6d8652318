"""Training of a classifier on a few images, through Lightning and the data module."""

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cifar_files import write_cifar10
from compressible.data.labelled_images import LabelledImages
from compressible.instantiate import ConfigError
from compressible.metrics.right_answers import right_answers
from compressible.models import ResNet
from compressible.tasks import Classification, OneCycle
from compressible.tasks.optimizers import sgd
from small_training import SaveAt, small_cifar10, trainer


class Fixed(nn.Module):
    """Gives the same logits for every image."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits)

    def forward(self, images: Tensor) -> Tensor:
        return self.logits.expand(len(images), -1)


def task(network: nn.Module, label_smoothing: float = 0.0, channels_last: bool = False) -> Classification:
    optimizer = functools.partial(sgd, lr=0.05, nesterov=True)
    return Classification(network, optimizer, OneCycle(0.25), label_smoothing, channels_last)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cifar10(tmp_path_factory.mktemp("data") / "cifar")


def test_loss_by_hand() -> None:
    """Smoothed by 0.2: the label counts 0.8 + 0.02, each other class 0.02."""
    logits = np.random.default_rng(0).normal(size=10)
    log_p = logits - np.log(np.exp(logits).sum())
    labels = [3, 3, 7]
    expected = -np.mean([0.8 * log_p[label] + 0.02 * log_p.sum() for label in labels])
    batch = LabelledImages(torch.zeros(3, 3, 32, 32, dtype=torch.uint8), torch.tensor(labels))
    classification = task(Fixed(torch.from_numpy(logits).float()), label_smoothing=0.2)
    classification.log = lambda *_, **__: None  # there is no trainer
    assert float(classification.training_step(batch, 0).detach()) == pytest.approx(expected, rel=1e-5)


def test_held_out_figures_are_those_of_the_whole_held_out_part(root: Path) -> None:
    """Batches of 5, 5 and 2 count by their sizes; bfloat16 in training changes nothing."""
    torch.manual_seed(0)
    classification, images = task(ResNet(8, 4), label_smoothing=0.1), small_cifar10(root)
    figures = trainer(1, precision="bf16-mixed").validate(classification, images, verbose=False)[0]
    network = classification.network
    labels = images.held_out.labels
    with torch.no_grad():
        logits = network.eval()(images.held_out.images)
    assert figures["val/loss"] == pytest.approx(float(F.cross_entropy(logits, labels)), rel=1e-5)
    share = right_answers(network, images.held_out.images, labels).double().mean().item()
    assert figures["val/accuracy"] == pytest.approx(share)


def test_without_a_checkpoint_it_starts_from_the_weights_it_has() -> None:
    classification = task(ResNet(8, 4))
    before = {name: value.clone() for name, value in classification.state_dict().items()}
    classification.start_from(None)
    for name, value in classification.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_it_starts_from_any_state_of_its_network(tmp_path: Path) -> None:
    trained, classification = ResNet(8, 4), task(ResNet(8, 4))
    torch.save(trained.state_dict(), tmp_path / "trained.pt")
    classification.start_from(tmp_path / "trained.pt")
    for name, value in classification.network.state_dict().items():
        assert torch.equal(value, trained.state_dict()[name]), name
    with pytest.raises(ConfigError, match=r"trained\.pt holds another network"):
        task(ResNet(8, 5)).start_from(tmp_path / "trained.pt")


class Watch(pl.Callback):
    """Notes the learning rates of all steps."""

    def __init__(self) -> None:
        self.rates: list[list[float]] = []

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: Any) -> None:
        self.rates.append([group["lr"] for group in optimizer.param_groups])


def test_the_learning_rate_takes_its_course(root: Path) -> None:
    """Two steps up, then six down."""
    watch = Watch()
    trainer(8, callbacks=[watch]).fit(task(ResNet(8, 4)), small_cifar10(root))
    peak = [1 / 3, 2 / 3, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6]
    assert np.array(watch.rates) == pytest.approx(0.05 * np.array([peak, peak]).T)


@pytest.mark.parametrize("channels_last", [False, True])
def test_network_and_images_are_laid_out_as_configured(channels_last: bool, root: Path) -> None:
    network = ResNet(8, 4)
    seen: list[Tensor] = []
    network.stem.conv.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    trainer(1).fit(task(network, channels_last=channels_last), small_cifar10(root))
    for tensor in (seen[0], network.stages[0][0].conv1.weight):
        assert tensor.is_contiguous(memory_format=torch.channels_last) == channels_last
        assert tensor.is_contiguous() != channels_last


@pytest.mark.parametrize("step", [1, 6])
def test_a_resumed_run_equals_the_undisturbed_one(step: int, root: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    straight = task(ResNet(8, 4), channels_last=True)
    trainer(9, callbacks=[SaveAt(step, tmp_path / "last.ckpt")]).fit(straight, small_cifar10(root))
    resumed = task(ResNet(8, 4), channels_last=True)
    trainer(9).fit(resumed, small_cifar10(root), ckpt_path=str(tmp_path / "last.ckpt"), weights_only=True)
    for key, value in straight.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key


def test_it_learns_what_can_be_learned() -> None:
    """Noise in the three colours; the label says which of them is bright."""
    torch.manual_seed(0)
    labels = torch.arange(3).repeat(16)
    images = torch.randint(100, (48, 3, 32, 32), dtype=torch.uint8)
    images[torch.arange(48), labels] += 100
    loader = torch.utils.data.DataLoader([LabelledImages(images, labels)] * 12, batch_size=None)
    classification = task(ResNet(8, 4, classes=3))
    trainer(12).fit(classification, loader)
    assert right_answers(classification.network, images, labels).all()
