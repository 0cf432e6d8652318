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
from compressible.data.cifar10 import Cifar10
from compressible.data.labelled_images import LabelledImages
from compressible.metrics.accuracy import accuracy
from compressible.models import ResNet
from compressible.tasks import Classification, OneCycle
from compressible.tasks.optimizers import sgd


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


def trainer(steps: int, **options: Any) -> pl.Trainer:
    return pl.Trainer(
        accelerator="cpu",
        max_steps=steps,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        check_val_every_n_epoch=None,
        use_distributed_sampler=False,
        **options,
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cifar10(tmp_path_factory.mktemp("data") / "cifar")


def data(root: Path) -> Cifar10:
    return Cifar10(str(root), batch_size=8, held_out=12, held_out_batch_size=5)


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
    classification, images = task(ResNet(8, 4), label_smoothing=0.1), data(root)
    figures = trainer(1, precision="bf16-mixed").validate(classification, images, verbose=False)[0]
    network = classification.network
    labels = images.held_out.labels
    with torch.no_grad():
        logits = network.eval()(images.held_out.images)
    assert figures["val/loss"] == pytest.approx(float(F.cross_entropy(logits, labels)), rel=1e-5)
    assert figures["val/accuracy"] == pytest.approx(accuracy(network, images.held_out.images, labels))


class Watch(pl.Callback):
    """Notes the learning rates of all steps."""

    def __init__(self) -> None:
        self.rates: list[list[float]] = []

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: Any) -> None:
        self.rates.append([group["lr"] for group in optimizer.param_groups])


def test_the_learning_rate_takes_its_course(root: Path) -> None:
    """Two steps up, then six down."""
    watch = Watch()
    trainer(8, callbacks=[watch]).fit(task(ResNet(8, 4)), data(root))
    peak = [1 / 3, 2 / 3, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6]
    assert np.array(watch.rates) == pytest.approx(0.05 * np.array([peak, peak]).T)


@pytest.mark.parametrize("channels_last", [False, True])
def test_network_and_images_are_laid_out_as_configured(channels_last: bool, root: Path) -> None:
    network = ResNet(8, 4)
    seen: list[Tensor] = []
    network.stem.conv.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    trainer(1).fit(task(network, channels_last=channels_last), data(root))
    for tensor in (seen[0], network.stages[0][0].conv1.weight):
        assert tensor.is_contiguous(memory_format=torch.channels_last) == channels_last
        assert tensor.is_contiguous() != channels_last


class SaveAt(pl.Callback):
    """Writes a checkpoint after one of the steps."""

    def __init__(self, step: int, path: Path) -> None:
        self.step = step
        self.path = path

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)


@pytest.mark.parametrize("step", [1, 6])
def test_a_resumed_run_equals_the_undisturbed_one(step: int, root: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    straight = task(ResNet(8, 4), channels_last=True)
    trainer(9, callbacks=[SaveAt(step, tmp_path / "last.ckpt")]).fit(straight, data(root))
    resumed = task(ResNet(8, 4), channels_last=True)
    trainer(9).fit(resumed, data(root), ckpt_path=str(tmp_path / "last.ckpt"), weights_only=True)
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
    assert accuracy(classification.network, images, labels) == 1
