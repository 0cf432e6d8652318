"""The one checkpoint from which a stopped run continues."""

import io
import signal
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.plugins.io import TorchCheckpointIO

from compressible.atomic import write_bytes_atomic
from compressible.run_files import CHECKPOINT
from compressible.runs import StoppedError


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes checkpoints that are whole or not there.

    Lightning's own takes the way through the system's temporary folder, from which another file system gets a copy.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        """Write ``checkpoint`` to ``path``; there are no ``storage_options``."""
        data = io.BytesIO()
        torch.save(checkpoint, data)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_bytes_atomic(path, data.getvalue())


class Checkpoint(ModelCheckpoint):
    """Keeps ``last.ckpt`` up to date: every so many minutes, at the end, and when the run is told to stop.

    On the first SIGINT or SIGTERM the step under way is finished, so that what is saved is a state that the undisturbed
    run passes through as well; a second one ends the run at once, and the last checkpoint stands. Of several processes
    it is enough that one is told.

    Args:
        folder: where it is kept.
        minutes: time between two writes.
    """

    def __init__(self, folder: str, minutes: float = 5.0) -> None:
        super().__init__(
            dirpath=folder,
            filename="last",
            train_time_interval=timedelta(minutes=minutes),
            enable_version_counter=False,
        )
        self._path = Path(folder) / CHECKPOINT
        self._asked = False
        self._handlers: dict[int, Any] = {}

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take over the signals."""
        super().on_train_start(trainer, pl_module)
        self._handlers = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Save if it is time. Raises ``StoppedError`` if the run was told to stop."""
        super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)
        # Saving is common to all processes, which get a signal in different steps or not at all.
        if trainer.strategy.reduce_boolean_decision(self._asked, all=False):
            trainer.save_checkpoint(self._path)
            step = trainer.global_step
            raise StoppedError(f"stopped after step {step}; the same command with the same folder continues")

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the final state, from which a longer run or one of another rate can start."""
        super().on_train_end(trainer, pl_module)
        trainer.save_checkpoint(self._path)
        self._give_signals_back()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        """End without a final state."""
        super().on_exception(trainer, pl_module, exception)
        self._give_signals_back()

    def _give_signals_back(self) -> None:
        # Before the trainer does the same with its own, or it would be left with ours.
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
