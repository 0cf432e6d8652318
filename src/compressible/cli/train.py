"""The training entry point: Hydra composes, ``compressible.training`` runs."""

import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from compressible.callbacks import StoppedError
from compressible.cli.errors import INTERRUPTED, MISTAKE, report_interrupt
from compressible.cli.mistakes import explain
from compressible.codecs.description import ModelFileError
from compressible.data.paths import DataError
from compressible.images import ImageError
from compressible.instantiate import ConfigError
from compressible.resources import config_folder
from compressible.run_schema import register
from compressible.training import first_process, train

register()


def main() -> None:
    """Compose and train; a user's mistake is told in one sentence, with exit code 2."""
    # Hydra then raises what it would otherwise print itself.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        check_command_line(sys.argv[1:])
        sys.argv[1:] = choose_scale(sys.argv[1:])
        run()
    # What a run raises has been dealt with: this is what Hydra says of the command line and the files.
    except (ConfigError, HydraException, OmegaConfBaseException, OSError, ValueError) as error:
        sys.exit(_refuse(error))
    except KeyboardInterrupt:
        sys.exit(report_interrupt())


@hydra.main(version_base="1.3", config_path=str(config_folder()), config_name="train")
def run(config: DictConfig) -> None:
    """Train one run. Leaves by exit codes: Hydra would add lines of its own to an exception."""
    if not first_process():
        # What all processes have to say is said once.
        logging.getLogger("compressible").setLevel(logging.WARNING)
    try:
        if HydraConfig.get().mode is RunMode.MULTIRUN and config.trainer.get("strategy", "auto") != "auto":
            # Each process would start the whole sweep again.
            raise ConfigError("several processes train single runs only, not those of a sweep (-m)")
        plain: Any = OmegaConf.to_container(config, resolve=True)
        train(plain, Path(HydraConfig.get().runtime.output_dir))
    except (ConfigError, DataError, ImageError, ModelFileError, OmegaConfBaseException) as error:
        sys.exit(_refuse(error))
    except StoppedError as stopped:
        # Lightning kills the first process if another one fails.
        if not first_process():
            sys.exit(0)
        print(stopped, file=sys.stderr)
        sys.exit(INTERRUPTED)
    except Exception:
        # A defect, to be shown in full.
        traceback.print_exc()
        sys.exit(1)


def _refuse(error: Exception) -> int:
    """Print the sentence, from one process; returns the exit code."""
    if first_process():
        print(f"error: {' '.join(explain(error).split())}", file=sys.stderr)
    return MISTAKE


def check_command_line(arguments: list[str]) -> None:
    """Refuse what Hydra would answer with a page of usage, or without naming it.

    Raises:
        ConfigError: on an option that does not exist, or a group without a choice.
    """
    _, unknown = get_args_parser().parse_known_args(arguments)
    if unknown:
        raise ConfigError(f"'{unknown[0]}' is not understood: options come first, and settings are given as key=value")
    for argument in arguments:
        group, _, choice = argument.partition("=")
        if choice in ("", "null") and (config_folder() / group).is_dir():
            options = sorted(path.stem for path in (config_folder() / group).glob("*.yaml"))
            raise ConfigError(f"'{argument}' chooses nothing: there are {', '.join(options)}")


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
