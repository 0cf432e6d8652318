"""Where a checkpoint came from: a run continues its own, never that of another, and knows who was at work on it."""

from collections.abc import Mapping
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
        sources: hashes of the contents that the run starts or learns from, by the settings that name them.
        environment: where and by what the run goes on.

    Attributes:
        earlier: the environments of the processes that brought the run to the checkpoint it goes on from, in order.
    """

    def __init__(self, config_hash: str, sources: Mapping[str, str], environment: Environment) -> None:
        self.config_hash = config_hash
        self.sources = sources
        self.environment = environment
        self.earlier: tuple[Environment, ...] = ()

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add it."""
        checkpoint["config_hash"] = self.config_hash
        checkpoint["sources"] = dict(self.sources)
        checkpoint["environments"] = [asdict(environment) for environment in (*self.earlier, self.environment)]

    def on_load_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Take over what began before this process, as far as the checkpoint tells."""
        self.sources = _sources(checkpoint)
        self.earlier = tuple(parse(Environment, environment) for environment in checkpoint.get("environments", ()))


def check_origin(path: Path, config_hash: str, sources: Mapping[str, str]) -> None:
    """See that the checkpoint at ``path`` came from the configuration and the contents with these hashes.

    Args:
        path: the checkpoint.
        config_hash: see ``Origin``.
        sources: see ``Origin``; without those that are gone, which hinders nothing.

    Raises:
        ConfigError: if it came from others, or does not say from which configuration.
    """
    checkpoint = read_checkpoint(path)
    anew = "start anew with resume=false, or in another folder with hydra.run.dir"
    if checkpoint.get("config_hash") != config_hash:
        raise ConfigError(f"{path} was left by a run of another configuration; {anew}")
    known = _sources(checkpoint)
    if changed := [setting for setting, own in sources.items() if known.get(setting, own) != own]:
        raise ConfigError(f"what {changed[0]} names has changed since the run of {path} began with it; {anew}")


def _sources(checkpoint: Mapping[str, Any]) -> Mapping[str, str]:
    # Checkpoints of before had room for that of init_from alone.
    start = checkpoint.get("start_hash")
    return checkpoint.get("sources", {"init_from": start} if start else {})
