"""One training run from a composed configuration."""

import logging
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from compressible.instantiate import instantiate
from compressible.tasks import ImageCompression

log = logging.getLogger(__name__)


def train(config: DictConfig) -> Path:
    """Train what ``config`` describes, continuing a run that was stopped; returns the run's folder.

    Raises:
        ConfigError: if the configuration cannot be built.
        DataError: if a data set is missing.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    plain: Any = OmegaConf.to_container(config, resolve=True)
    (folder / "config.yaml").write_text(OmegaConf.to_yaml(config, resolve=True))
    pl.seed_everything(config.seed, workers=True, verbose=False)
    data = instantiate(plain["data"])
    task = instantiate(plain["task"])
    trainer = instantiate(plain["trainer"] | {"_partial_": True})(
        callbacks=list(instantiate(plain["callbacks"]).values()),
        logger=list(instantiate(plain["logger"]).values()),
        default_root_dir=str(folder),
    )
    checkpoint = folder / "last.ckpt"
    resume = config.resume and checkpoint.exists()
    if config.init_from and not resume:
        warm_start(task, Path(config.init_from))
    trainer.fit(task, datamodule=data, ckpt_path=str(checkpoint) if resume else None, weights_only=True)
    return folder


def warm_start(task: ImageCompression, path: Path) -> None:
    """Start ``task`` from the weights, quantizers and symbol models of a checkpoint, at another rate say."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    task.load_state_dict(checkpoint["state_dict"])
    if task.initialised:
        task.set_hardness(checkpoint["annealing"]["sigma_0"])
    log.info("starting from %s", path)
