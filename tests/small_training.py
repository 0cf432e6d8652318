"""Lightning runs of a few steps on a few images."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from compressible.data.cifar10 import Cifar10


def trainer(steps: int, **options: Any) -> pl.Trainer:
    """One that leaves nothing on the disk."""
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


def small_cifar10(root: Path) -> Cifar10:
    """What ``write_cifar10`` wrote to ``root``: 36 images to train on, 12 held out."""
    return Cifar10(str(root), batch_size=8, held_out=12, held_out_batch_size=5)


class SaveAt(pl.Callback):
    """Writes a checkpoint after one of the steps, when ``compressible.callbacks.Checkpoint`` does."""

    def __init__(self, step: int, path: Path) -> None:
        self.step = step
        self.path = path

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)
