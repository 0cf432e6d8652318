"""Signals are those of a training while it trains, and nobody's afterwards: not of a trainer that is long gone."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl

from compressible import training
from compressible.runs import StoppedError
from small_run import configuration, write_photographs


class InTheMiddle(pl.Callback):
    """Notes who handles signals during the second step, and does something then."""

    def __init__(self, what: Callable[[], None]) -> None:
        self.what = what
        self.handler: Any = None

    def on_before_optimizer_step(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.global_step == 1:
            self.handler = signal.getsignal(signal.SIGTERM)
            self.what()


def nothing() -> None:
    pass


def ask_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def die() -> None:
    raise RuntimeError("the machine is gone")


@pytest.mark.parametrize(("what", "error"), [(nothing, None), (ask_to_stop, StoppedError), (die, RuntimeError)])
def test_signals_are_given_back(
    what: Callable[[], None], error: type[Exception] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photographs = write_photographs(tmp_path / "photographs")
    config = configuration(photographs, tmp_path / "run", "experiment=shvq_kodak", "budget=smoke")
    callback, instantiate = InTheMiddle(what), training.instantiate

    def disturbed(node: Any) -> Any:
        built = instantiate(node)
        return {**built, "middle": callback} if node is config["callbacks"] else built

    monkeypatch.setattr(training, "instantiate", disturbed)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    if error is None:
        training.train(config, tmp_path / "run")
    else:
        with pytest.raises(error):
            training.train(config, tmp_path / "run")
    assert {number: signal.getsignal(number) for number in before} == before
    assert callback.handler not in before.values()
