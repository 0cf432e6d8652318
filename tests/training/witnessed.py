"""What ``train.py`` does, with a witness in each process, which notes what that process saw, ended with and wrote.

The processes that Lightning starts run this very file again. ``WITNESS`` is the folder for the notes; ``STOP_AT`` is a
step in the middle of which the first process, and it alone, is told to stop.
"""

import atexit
import hashlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from compressible.cli.train import main

NOTES = Path(os.environ["WITNESS"])
RANK = int(os.environ.get("LOCAL_RANK", "0"))
STOP_AT = int(os.environ.get("STOP_AT", "-1"))


class Witness(pl.Callback):
    """Notes a digest of each batch, its symbols, and the state at the end."""

    def __init__(self) -> None:
        self.batches: list[str] = []
        self.symbols: list[torch.Tensor] = []

    def on_before_optimizer_step(self, trainer: pl.Trainer, *_: Any) -> None:
        if RANK == 0 and trainer.global_step == STOP_AT:
            os.kill(os.getpid(), signal.SIGTERM)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: torch.Tensor, batch_idx: int
    ) -> None:
        self.batches.append(hashlib.sha256(batch.numpy().tobytes()).hexdigest())
        self.symbols.append(outputs["quantized"][0].symbols)

    def on_train_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        end = {
            "batches": self.batches,
            "symbols": self.symbols,
            "state": pl_module.state_dict(),
            "sigma": pl_module.sigma,
            "annealing": pl_module.annealing.state_dict(),
            "gap": pl_module._gap,
        }
        torch.save(end, NOTES / f"end_{RANK}.pt")


def watch_writes() -> None:
    """Note every file that this process opens to write, or renames."""
    written: set[str] = set()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | os.PathLike):
            mode, flags = arguments[1] or "", arguments[2] or 0
            if set("wax+") & set(mode) or flags & (os.O_WRONLY | os.O_RDWR):
                written.add(os.path.abspath(arguments[0]))  # noqa: PTH100
        elif event == "os.rename":
            written.add(os.path.abspath(arguments[1]))  # noqa: PTH100

    sys.addaudithook(hook)
    atexit.register(lambda: (NOTES / f"written_{RANK}.json").write_text(json.dumps(sorted(written))))


def bring_witness() -> None:
    fit = pl.Trainer.fit

    def witnessed(self: Any, *arguments: Any, **options: Any) -> None:
        self.callbacks.append(Witness())
        fit(self, *arguments, **options)

    pl.Trainer.fit = witnessed


watch_writes()
bring_witness()
main()
