"""The training entry point: Hydra composes, ``compressible.training`` runs."""

import sys
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from compressible.callbacks import StoppedError
from compressible.data.paths import DataError
from compressible.instantiate import ConfigError
from compressible.resources import config_folder
from compressible.run_schema import register
from compressible.training import train

register()


def main() -> None:
    """Compose and train."""
    try:
        sys.argv[1:] = choose_scale(sys.argv[1:])
    except ConfigError as error:
        sys.exit(f"error: {error}")
    run()


@hydra.main(version_base="1.3", config_path=str(config_folder()), config_name="train")
def run(config: DictConfig) -> None:
    """Train one run; a mistake in configuration or data is told in one sentence, which Hydra would not do."""
    try:
        folder = Path(HydraConfig.get().runtime.output_dir)
        (folder / "config.yaml").write_text(OmegaConf.to_yaml(config, resolve=True))
        plain: Any = OmegaConf.to_container(config, resolve=True)
        train(plain, folder)
    except (ConfigError, DataError, OmegaConfBaseException) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except StoppedError as stopped:
        print(stopped, file=sys.stderr)
        sys.exit(130)


def choose_scale(arguments: list[str]) -> list[str]:
    """Add ``scale=EXPERIMENT_BUDGET`` to command line arguments where such a file exists.

    Hydra lets a file that is picked by interpolation override no group, and a budget must be able to (another
    optimizer, say), so the choice is made here.

    Raises:
        ConfigError: if a budget is asked for with several experiments.
    """
    choices = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    experiment, budget = choices.get("experiment"), choices.get("budget")
    if experiment is None or budget is None or "scale" in choices:
        return arguments
    if "," in experiment or "," in budget:
        raise ConfigError("a sweep takes one experiment and one budget at a time")
    name = f"{experiment}_{budget}"
    exists = (config_folder() / "scale" / f"{name}.yaml").is_file()
    return [*arguments, f"scale={name}"] if exists else arguments
