"""A run that is stopped and resumed is, bit for bit, the run that was never stopped."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch

from compressible import training
from compressible.runs import StoppedError
from small_run import configuration, write_photographs

SMOKE = ("experiment=shvq_kodak", "budget=smoke", "trainer.max_steps=10", "trainer.val_check_interval=4")


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("data") / "photographs")


class Disturb(pl.Callback):
    """Does something in the middle of one step."""

    def __init__(self, step: int, what: Callable[[], None]) -> None:
        self.step = step
        self.what = what

    def on_before_optimizer_step(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.global_step == self.step:
            self.what()


def ask_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def die() -> None:
    raise RuntimeError("the machine is gone")


def run(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    training.train(config, folder)
    return torch.load(folder / "last.ckpt", weights_only=True)


def equal(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    return a == b


ARMS = {
    "gap": (),
    "noise": ("quantizer=scalar", "~quantizer.centers", "annealing=exponential"),
    "hard": ("quantizer.forward_value=hard", "annealing=linear", "optimizer=muon", "rate.every=3"),
}


@pytest.mark.parametrize("disturbance", [ask_to_stop, die])
@pytest.mark.parametrize(("arm", "step"), [("gap", 1), ("gap", 6), ("noise", 4), ("hard", 5), ("hard", 9)])
def test_a_resumed_run_equals_the_undisturbed_one(
    arm: str,
    step: int,
    disturbance: Callable[[], None],
    photographs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    overrides = ARMS[arm]
    folder = tmp_path / "straight"
    straight = run(configuration(photographs, folder, *SMOKE, *overrides), folder)

    folder = tmp_path / "stopped"
    config = configuration(photographs, folder, *SMOKE, "callbacks.checkpoint.minutes=0", *overrides)
    instantiate = training.instantiate

    def disturbed(node: Any) -> Any:
        built = instantiate(node)
        return {**built, "disturb": Disturb(step, disturbance)} if node is config["callbacks"] else built

    monkeypatch.setattr(training, "instantiate", disturbed)
    with pytest.raises(StoppedError if disturbance is ask_to_stop else RuntimeError):
        training.train(config, folder)
    monkeypatch.undo()
    assert not list(folder.glob("*.cmpw"))
    torch.rand(17)  # whatever happens in between must not matter
    resumed = run(config, folder)

    for key in ("state_dict", "optimizer_states", "lr_schedulers", "annealing", "hardness", "random_state", "gap"):
        assert equal(straight[key], resumed[key]), key
    codebooks = {path.name: path.read_bytes() for path in (folder / "codebooks").iterdir()}
    whole = {path.name: path.read_bytes() for path in (tmp_path / "straight" / "codebooks").iterdir()}
    assert codebooks == whole
    assert (tmp_path / "straight" / "test.cmpw").read_bytes() == (folder / "test.cmpw").read_bytes()
