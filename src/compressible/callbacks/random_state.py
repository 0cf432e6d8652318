"""Random state in the checkpoint, so that a resumed run draws what the uninterrupted one would have drawn."""

from typing import Any

import pytorch_lightning as pl
import torch


class RandomState(pl.Callback):
    """Saves torch's global generators as they are after each step, and puts them back before the first resumed one."""

    def __init__(self) -> None:
        self._after_step: dict[str, Any] | None = None
        self._restored: dict[str, Any] | None = None

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Put the states back: only now, since starting the loops draws numbers too."""
        if self._restored is None:
            return
        torch.set_rng_state(self._restored["cpu"].cpu())
        if self._restored["cuda"]:
            torch.cuda.set_rng_state_all([state.cpu() for state in self._restored["cuda"]])
        self._restored = None

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Note the states; validation may draw before the checkpoint is written."""
        cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
        self._after_step = {"cpu": torch.get_rng_state(), "cuda": cuda}

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add the states."""
        checkpoint["random_state"] = self._after_step

    def on_load_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Keep the states until training starts."""
        self._restored = checkpoint["random_state"]
