"""An autoencoder as its run left it: the configuration of the model, and its weights."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from safetensors import SafetensorError
from safetensors.torch import load

from compressible.data.paths import DataError
from compressible.instantiate import ConfigError, instantiate
from compressible.models import GenerativeAutoencoder
from compressible.run_files import RECORD, SETTINGS


@dataclass(frozen=True)
class TrainedAutoencoder:
    """A model in eval mode.

    Attributes:
        model: with one bottleneck.
        hash: the first 8 bytes of the SHA-256 of its file, by which the run's record names it.
        folder: of the run.
    """

    model: GenerativeAutoencoder
    hash: bytes
    folder: Path


def read_trained(folder: Path) -> TrainedAutoencoder:
    """Of a finished run's folder.

    Raises:
        DataError: there is no such run, or it has more than one bottleneck.
    """
    try:
        # Written last, and removed first: without it, weights may be those of another configuration.
        (folder / RECORD).stat()
        config: Any = OmegaConf.to_container(OmegaConf.load(folder / SETTINGS))
        data = (folder / f"{config['name']}.safetensors").read_bytes()
    except (OSError, KeyError, TypeError) as error:
        raise DataError(
            f"there is no finished run of an autoencoder in {folder}; make one with "
            f"python train.py experiment=vqvae_mnist hydra.run.dir={folder}, or name another by data.view.autoencoder"
        ) from error
    try:
        model = instantiate(config["model"])
        model.load_state_dict(load(data))
    except (ConfigError, KeyError, RuntimeError, SafetensorError) as error:
        raise DataError(f"the weights in {folder} are not those of its configuration ({error})") from error
    if not isinstance(model, GenerativeAutoencoder) or len(model.bottlenecks) != 1:
        raise DataError(f"the model in {folder} is no autoencoder with one bottleneck")
    return TrainedAutoencoder(model.eval(), hashlib.sha256(data).digest()[:8], folder)
