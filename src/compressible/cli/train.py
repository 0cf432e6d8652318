"""The training entry point: Hydra composes, ``compressible.training`` runs.

Nothing here imports torch until there is something to train, so that help and mistakes are told at once.
"""

import gc
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

from compressible.cli.errors import report_interrupt
from compressible.cli.mistakes import explain
from compressible.codecs.description import ModelFileError
from compressible.composition import choose_scale, register
from compressible.data.paths import DataError, DownloadError
from compressible.exit_codes import INTERRUPTED, MISTAKE, OCCUPIED, UNAVAILABLE
from compressible.images import ImageError
from compressible.instantiate import ConfigError
from compressible.resources import config_folder
from compressible.runs import OccupiedError, StoppedError, first_process

register()


def main() -> None:
    """Compose and train; a user's mistake is told in one sentence, with exit code 2.

    Of a sweep (-m), a run that fails is told at once and the others are done all the same.
    """
    # Hydra then raises what it would otherwise print itself.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    codes: list[int] = []

    @hydra.main(version_base="1.3", config_path=str(config_folder()), config_name="train")
    def run(config: DictConfig) -> None:
        codes.append(run_one(config))

    try:
        check_command_line(sys.argv[1:])
        sys.argv[1:] = choose_scale(sys.argv[1:])
        run()
    # What a run raises has been dealt with: this is what Hydra says of the command line and the files.
    except (ConfigError, HydraException, OmegaConfBaseException, OSError, ValueError) as error:
        sys.exit(_refuse(error))
    except KeyboardInterrupt:
        sys.exit(report_interrupt())
    failed = sum(code != 0 for code in codes)
    if failed and len(codes) > 1:
        print(f"error: {failed} of {len(codes)} runs failed", file=sys.stderr)
    if failed:
        sys.exit(max(codes))


def run_one(config: DictConfig) -> int:
    """Train one run and return its exit code; Hydra would add lines of its own to an exception.

    Raises:
        SystemExit: if it was told to stop, or several processes were to train a sweep, which ends that as a whole.
    """
    import torch

    from compressible import training

    if not first_process():
        # What all processes have to say is said once.
        logging.getLogger("compressible").setLevel(logging.WARNING)
    if HydraConfig.get().mode is RunMode.MULTIRUN and config.trainer.get("strategy", "auto") != "auto":
        # Each process would start the whole sweep again.
        sys.exit(_refuse(ConfigError("several processes train single runs only, not those of a sweep (-m)")))
    code = 0
    try:
        plain: Any = OmegaConf.to_container(config, resolve=True)
        training.train(plain, Path(HydraConfig.get().runtime.output_dir))
    except OccupiedError as error:
        _refuse(error)
        code = OCCUPIED
    except DownloadError as error:
        _refuse(error)
        code = UNAVAILABLE
    except (ConfigError, DataError, ImageError, ModelFileError, OmegaConfBaseException) as error:
        code = _refuse(error)
    except StoppedError as stopped:
        # Lightning kills the first process if another one fails.
        if not first_process():
            sys.exit(0)
        print(stopped, file=sys.stderr)
        sys.exit(INTERRUPTED)
    except Exception:
        # A defect, to be shown in full.
        traceback.print_exc()
        code = 1
    # Networks and optimizers refer to one another in circles; the next run of a sweep needs the room.
    gc.collect()
    torch.cuda.empty_cache()
    return code


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


if __name__ == "__main__":
    main()
