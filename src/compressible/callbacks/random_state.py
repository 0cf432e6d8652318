"""Random state in the checkpoint, so that a resumed run draws what the uninterrupted one would have drawn."""

from typing import Any

import pytorch_lightning as pl
import torch


class RandomState(pl.Callback):
    """Saves and restores torch's global generators."""

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add the states."""
        cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
        checkpoint["random_state"] = {"cpu": torch.get_rng_state(), "cuda": cuda}

    def on_load_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Keep the states until training starts: what happens in between may draw numbers of its own."""
        self._restored = checkpoint["random_state"]

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Put the states back."""
        restored = getattr(self, "_restored", None)
        if restored is None:
            return
        torch.set_rng_state(restored["cpu"].cpu())
        if restored["cuda"]:
            torch.cuda.set_rng_state_all([state.cpu() for state in restored["cuda"]])
