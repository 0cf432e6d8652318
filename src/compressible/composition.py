"""From the command line arguments of ``train.py`` to the run they mean, and its folder.

    arguments ──► scale ──► Hydra composes ──► configuration ──► hash of what decides its result ──► outputs/NAME/HASH

Light: nothing here imports torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from compressible import run_schema
from compressible.instantiate import ConfigError
from compressible.processor import training_precision
from compressible.reports.training_record import NOT_DECIDING, config_hash, decides, outcome_hash
from compressible.resources import config_folder

DIGITS = 8
"""Of the hash, in the name of a folder."""


def register() -> None:
    """Make known to Hydra what configurations refer to: the schema, ``${run_hash:}`` and ``${training_precision:}``."""
    run_schema.register()
    OmegaConf.register_new_resolver("run_hash", _run_hash, replace=True)
    OmegaConf.register_new_resolver("training_precision", training_precision, replace=True)


@dataclass(frozen=True)
class PlannedRun:
    """What a run will leave, and where.

    Attributes:
        folder: relative to where ``train.py`` is started.
        outcome: the ``outcome_hash``.
    """

    folder: Path
    outcome: str


def planned_run(arguments: Sequence[str]) -> PlannedRun:
    """The run that these arguments mean.

    Raises:
        ConfigError: if a budget is asked for with several experiments.
        HydraException: if there is no such run.
        OmegaConfBaseException: likewise.
    """
    config = _compose(arguments)
    return PlannedRun(Path(config.hydra.run.dir), outcome_hash(_plain("outcome", config.outcome)))


def outputs_folder(arguments: Sequence[str]) -> Path:
    """Folder that has those of all runs with these arguments. Raises what ``planned_run`` does."""
    return Path(_compose(arguments).paths.outputs)


def _compose(arguments: Sequence[str]) -> DictConfig:
    register()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        return compose("train", choose_scale(list(arguments)), return_hydra_config=True)


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
    if not exists:
        return arguments
    # Beside the budget: whatever stands behind an option, as in ``budget=cpu --cfg job``, is taken for the option's.
    after = arguments.index(f"budget={budget}") + 1
    return [*arguments[:after], f"scale={name}", *arguments[after:]]


def _run_hash(*, _root_: DictConfig) -> str:
    """The first digits of the ``config_hash`` of the run that is being composed.

    The run's folder is not known yet, so what refers to it is not looked at; none of that decides the result.
    """
    keys = [str(key) for key in _root_ if key not in ("hydra", *NOT_DECIDING)]
    return config_hash({key: _plain(key, _root_[key]) for key in keys})[:DIGITS]


def _plain(key: str, node: Any) -> Any:
    if key == "callbacks":
        return {name: OmegaConf.to_container(own, resolve=True) for name, own in node.items() if decides(own)}
    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
