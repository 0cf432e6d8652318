"""How far a run is, in its folder."""

import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from compressible.runs import Progress, write_progress


class ProgressRecord(pl.Callback):
    """Writes ``progress.json`` after the first step, every so many seconds, and after the last step.

    Args:
        folder: the run's folder.
        seconds: time between two writes.
    """

    def __init__(self, folder: Path, seconds: float = 5.0) -> None:
        self.folder = folder
        self.seconds = seconds
        self._first_step = 0
        self._begun = 0.0
        self._written = float("-inf")

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Note from where this process goes on."""
        self._first_step = trainer.global_step
        self._begun = time.monotonic()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Write if it is time."""
        if trainer.is_global_zero and time.monotonic() - self._written >= self.seconds:
            self._write(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the last step."""
        if trainer.is_global_zero:
            self._write(trainer)

    def _write(self, trainer: pl.Trainer) -> None:
        self._written = time.monotonic()
        steps = trainer.global_step - self._first_step
        mean = (self._written - self._begun) / steps if steps else None
        write_progress(self.folder, Progress(trainer.global_step, trainer.max_steps, mean))
