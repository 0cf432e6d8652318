"""Where a checkpoint came from: a run continues its own, never that of another, and knows who was at work on it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from compressible.instantiate import ConfigError
from compressible.reports.environment import Environment
from compressible.reports.schema import parse
from compressible.tasks.checkpoints import read_checkpoint


class Origin(pl.Callback):
    """Adds to the run's checkpoints what they came from.

    Args:
        config_hash: the hash of what decides the run's result.
        start_hash: that of the file whose weights the run starts from; None without one.
        environment: where and by what the run goes on.

    Attributes:
        earlier: the environments of the processes that brought the run to the checkpoint it goes on from, in order.
    """

    def __init__(self, config_hash: str, start_hash: str | None, environment: Environment) -> None:
        self.config_hash = config_hash
        self.start_hash = start_hash
        self.environment = environment
        self.earlier: tuple[Environment, ...] = ()

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add it."""
        checkpoint["config_hash"] = self.config_hash
        checkpoint["start_hash"] = self.start_hash
        checkpoint["environments"] = [asdict(environment) for environment in (*self.earlier, self.environment)]

    def on_load_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Take over what began before this process, as far as the checkpoint tells."""
        self.start_hash = checkpoint.get("start_hash")
        self.earlier = tuple(parse(Environment, environment) for environment in checkpoint.get("environments", ()))


def check_origin(path: Path, config_hash: str, start_hash: str | None) -> None:
    """See that the checkpoint at ``path`` came from the configuration and the first weights with these hashes.

    Args:
        path: the checkpoint.
        config_hash: see ``Origin``.
        start_hash: see ``Origin``; None also if that file is gone, which hinders nothing.

    Raises:
        ConfigError: if it came from others, or does not say from which configuration.
    """
    checkpoint = read_checkpoint(path)
    anew = "start anew with resume=false, or in another folder with hydra.run.dir"
    if checkpoint.get("config_hash") != config_hash:
        raise ConfigError(f"{path} was left by a run of another configuration; {anew}")
    known = checkpoint.get("start_hash")
    if start_hash and known and start_hash != known:
        raise ConfigError(f"the file that init_from names has changed since the run of {path} started from it; {anew}")
