"""Which configuration a checkpoint came from: a run continues its own, never that of another."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from compressible.instantiate import ConfigError
from compressible.tasks.checkpoints import read_checkpoint


class Origin(pl.Callback):
    """Adds the hash of the run's configuration to its checkpoints.

    Args:
        config_hash: the hash of what decides the run's result.
    """

    def __init__(self, config_hash: str) -> None:
        self.config_hash = config_hash

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add the hash."""
        checkpoint["config_hash"] = self.config_hash


def check_origin(path: Path, config_hash: str) -> None:
    """See that the checkpoint at ``path`` came from the configuration with that hash.

    Raises:
        ConfigError: if it came from another one, or does not say from which.
    """
    if read_checkpoint(path).get("config_hash") != config_hash:
        raise ConfigError(
            f"{path} was left by a run of another configuration; start anew with resume=false, or in another folder "
            "with hydra.run.dir"
        )
