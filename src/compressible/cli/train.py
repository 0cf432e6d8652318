"""The training entry point: Hydra composes, ``compressible.training`` runs."""

import sys

import hydra
from omegaconf import DictConfig

from compressible.data.paths import DataError
from compressible.instantiate import ConfigError
from compressible.resources import config_folder
from compressible.run_schema import register
from compressible.training import train

register()


@hydra.main(version_base="1.3", config_path=str(config_folder()), config_name="train")
def main(config: DictConfig) -> None:
    """Train one run; a mistake in its configuration or data is told in one sentence."""
    try:
        train(config)
    except (ConfigError, DataError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
