"""Held-out photographs beside what the network makes of them, as pictures to look at while it trains."""

from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor

from compressible.images import write_image
from compressible.loggers import displays

RECONSTRUCTIONS = "reconstructions"
"""Folder of the pictures, in a run's folder."""


class Reconstructions(pl.Callback):
    """Writes ``reconstructions/step_<n>.png`` at each validation, originals above, and shows them where loggers do.

    Args:
        folder: the run's folder.
        count: how many photographs.
    """

    def __init__(self, folder: str, count: int = 4) -> None:
        self.folder = Path(folder) / RECONSTRUCTIONS
        self.count = count
        self._columns: list[np.ndarray] = []

    def on_validation_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Keep the first few pairs; all processes see the same photographs, and the first one draws them."""
        if trainer.is_global_zero and batch_idx < self.count:
            pair = torch.cat([outputs["x"][0], outputs["x_hat"][0]], dim=1)
            self._columns.append(_to_uint8(pair))

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the sheet."""
        if not self._columns:
            return
        height = max(column.shape[0] for column in self._columns)
        padded = [np.pad(c, ((0, height - c.shape[0]), (0, 4), (0, 0)), constant_values=255) for c in self._columns]
        sheet = np.concatenate(padded, axis=1)
        self._columns = []
        self.folder.mkdir(parents=True, exist_ok=True)
        write_image(self.folder / f"step_{trainer.global_step:07d}.png", sheet)
        for display in displays(trainer.loggers):
            display.show_picture("reconstructions", sheet, trainer.global_step)


def _to_uint8(image: Tensor) -> np.ndarray:
    return (image.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
