"""Pruning while training, against brute force on the weights."""

import functools
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from cifar_files import write_cifar10
from compressible.instantiate import ConfigError
from compressible.models import ResNet
from compressible.tasks import OneCycle, Pruning
from compressible.tasks.optimizers import sgd
from compressible.tasks.pruning import pruned_share
from small_training import SaveAt, small_cifar10, trainer

optimizer = functools.partial(sgd, lr=0.05, weight_decay=0.1)
COURSE = {0: Fraction(0), 2: Fraction(3, 5) * 19 / 27, 4: Fraction(3, 5) * 26 / 27, 6: Fraction(3, 5)}
"""Share at each pruning of a run of 12 steps: 0.6 (1 - (2/3)^3), 0.6 (1 - (1/3)^3), 0.6."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cifar10(tmp_path_factory.mktemp("data") / "cifar")


def task(ramp: float = 0.5, every: int = 2) -> Pruning:
    torch.manual_seed(0)
    return Pruning(ResNet(8, 4), optimizer, OneCycle(0.25), ratio=0.6, ramp=ramp, every=every, channels_last=True)


def kernels(network: nn.Module) -> Tensor:
    """All weights of kernels and matrices, (n,)."""
    return torch.cat([weight.detach().flatten() for weight in network.parameters() if weight.dim() > 1])


def others(network: nn.Module) -> Tensor:
    """Biases and normalisations, (n,)."""
    return torch.cat([weight.detach().flatten() for weight in network.parameters() if weight.dim() <= 1])


class Watch(pl.Callback):
    """Notes weights at the beginning of each step, when its gradients are there, and at its end."""

    def __init__(self) -> None:
        self.start: list[tuple[Tensor, Tensor]] = []
        self.pruned: list[tuple[Tensor, Tensor]] = []
        self.end: list[Tensor] = []

    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, *_: Any) -> None:
        self.start.append((kernels(pl_module.network), others(pl_module.network)))

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: Any, optimizer: Any) -> None:
        self.pruned.append((kernels(pl_module.network), others(pl_module.network)))

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *_: Any) -> None:
        self.end.append(kernels(pl_module.network))


@pytest.mark.parametrize(("step", "share"), [(0, 0), (1, 0.4625), (2, 0.7), (3, 0.7875), (4, 0.8), (9, 0.8)])
def test_the_share_by_hand(step: int, share: float) -> None:
    """0.8 (1 - (3/4)^3) = 0.8 * 37/64, 0.8 * 7/8, 0.8 * 63/64."""
    assert pruned_share(0.8, step, 4) == pytest.approx(share)


def test_the_share_without_a_ramp() -> None:
    assert pruned_share(0.8, 0, 0) == 0.8


def nearest_to_zero_pruned(weights: Tensor, share: Fraction) -> Tensor:
    count = round(share * len(weights))
    threshold = weights.abs().sort().values[count - 1] if count else -1.0
    return torch.where(weights.abs() > threshold, weights, 0.0)


def test_one_threshold_prunes_the_kernels_of_all_layers(root: Path) -> None:
    watch, pruning = Watch(), task()
    run = trainer(12, callbacks=[watch])
    run.fit(pruning, small_cifar10(root))
    for step, ((before, small_before), (after, small_after)) in enumerate(zip(watch.start, watch.pruned, strict=True)):
        expected = nearest_to_zero_pruned(before, COURSE[step]) if step in COURSE else before
        assert torch.equal(after, expected), step
        assert torch.equal(small_after, small_before), "biases and normalisations are not pruned"
        share = COURSE[max(pruned for pruned in COURSE if pruned <= step)]
        assert int((watch.end[step] == 0).sum()) == round(share * len(after)), step
    assert run.callback_metrics["train/pruned"] == pytest.approx(0.6)


def test_what_is_pruned_stays_zero_while_the_rest_learns(root: Path) -> None:
    """And is +0, all bits zero, of which files of pruned networks make use."""
    watch, pruning = Watch(), task()
    before = others(pruning.network)
    run = trainer(12, callbacks=[watch])
    run.fit(pruning, small_cifar10(root))
    pruned, final = watch.end[6] == 0, kernels(pruning.network)
    assert all(torch.equal(weights == 0, pruned) for weights in (*watch.end[6:], final))
    assert not final[pruned].signbit().any()
    assert (final != watch.end[6])[~pruned].float().mean() > 0.99
    assert (others(pruning.network) != before).float().mean() > 0.9, "biases begin at zero and are not held there"
    state = run.optimizers[0].state
    momenta = torch.cat([state[w]["momentum_buffer"].flatten() for w in pruning.parameters() if w.dim() > 1])
    assert (momenta[pruned] != 0).float().mean() > 0.9, "momentum and decay did pull at them"


@pytest.mark.parametrize("ramp", [0.0, 1.0])
def test_the_ratio_is_reached_whatever_the_ramp(ramp: float, root: Path) -> None:
    pruning = task(ramp=ramp, every=50)
    trainer(5).fit(pruning, small_cifar10(root))
    weights = kernels(pruning.network)
    assert int((weights == 0).sum()) == round(0.6 * len(weights))


@pytest.mark.parametrize("step", [3, 9])
def test_a_resumed_run_equals_the_undisturbed_one(step: int, root: Path, tmp_path: Path) -> None:
    """While the share grows, and after; what a checkpoint holds is pruned already."""
    path = tmp_path / "last.ckpt"
    straight, resumed = task(), task()
    trainer(12, callbacks=[SaveAt(step, path)]).fit(straight, small_cifar10(root))
    saved = torch.load(path, weights_only=True)["state_dict"]
    weights = torch.cat([w.flatten() for name, w in saved.items() if name.endswith("weight") and w.dim() > 1])
    assert int((weights == 0).sum()) == round(COURSE[min(step - 1, 6)] * len(weights))
    trainer(12).fit(resumed, small_cifar10(root), ckpt_path=str(path), weights_only=True)
    for key, value in straight.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key


@pytest.mark.parametrize(
    "wrong", [{"ratio": -0.1}, {"ratio": 1.1}, {"ratio": float("nan")}, {"ramp": -0.1}, {"ramp": 1.5}, {"every": 0}]
)
def test_impossible_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"pruning needs shares in 0\.\.1"):
        Pruning(ResNet(8, 4), optimizer, OneCycle(), **wrong)


def test_it_starts_from_a_trained_network_and_from_no_other(tmp_path: Path) -> None:
    trained, pruning = ResNet(8, 4), task()
    torch.save(trained.state_dict(), tmp_path / "trained.pt")
    pruning.start_from(tmp_path / "trained.pt")
    assert torch.equal(kernels(pruning.network), kernels(trained))
    with pytest.raises(ConfigError, match="init_from=FILE"):
        pruning.start_from(None)
