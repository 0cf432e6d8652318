"""What a training run was, for the tables that quote its numbers."""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compressible.reports.environment import Dataset, Environment
from compressible.reports.schema import load
from compressible.run_files import RECORD

SCHEMA = "compressible-training-1"
SHOWING = (
    "compressible.callbacks.",
    "pytorch_lightning.callbacks.DeviceStatsMonitor",
    "pytorch_lightning.callbacks.LearningRateMonitor",
    "pytorch_lightning.callbacks.RichProgressBar",
    "pytorch_lightning.callbacks.TQDMProgressBar",
    "pytorch_lightning.callbacks.Timer",
)
"""Callbacks that look on; others, such as weight averaging, decide the result."""
RUNNING = (
    "accelerator",
    "strategy",
    "val_check_interval",
    "check_val_every_n_epoch",
    "limit_val_batches",
    "num_sanity_val_steps",
    "log_every_n_steps",
    "enable_progress_bar",
    "enable_model_summary",
)
"""The trainer's settings that do not decide the result."""
NOT_DECIDING = ("group", "paths", "logger", "outcome", "evaluation", "resume")
"""Groups and keys of a configuration that do not decide the result of the training."""


@dataclass(frozen=True)
class TrainingRecord:
    """One run.

    Attributes:
        schema: name and version of the JSON layout.
        name: of the run.
        environment: where and by what; the command is the one that finished the run and wrote its outcome.
        config_hash: of what decides the result.
        seed: of weights, crops and noise.
        data: files of the training set; what is held out is part of them but was never trained on.
        held_out: which of them are held out; every choice was made on these.
        steps: optimizer steps of this run.
        started_from: checkpoint of another run whose weights it started from, or None.
        wall_seconds: time in training, over all interruptions.
        model: hash of the outcome.
        bytes: size of the outcome's file.
        held_out_metrics: the last validation, by the names under which it was logged; None for what was not finite.
        earlier: environments of the processes that trained before, if it was cut off; not known of older records.
    """

    schema: str
    name: str
    environment: Environment
    config_hash: str
    seed: int
    data: Dataset
    held_out: tuple[str, ...]
    steps: int
    started_from: str | None
    wall_seconds: float | None
    model: str
    bytes: int
    held_out_metrics: Mapping[str, float | None]
    earlier: tuple[Environment, ...] = ()


def keep_record(run: Path, folder: Path, name: str | None = None) -> TrainingRecord:
    """Copy the record of a finished run into ``folder``, and read it.

    Args:
        run: folder of the run.
        folder: where to; it need not exist.
        name: of the copy; by default the run's, with its seed if several runs may go by that name.

    Raises:
        SchemaError: the record is not readable.
    """
    record = load(run / RECORD, TrainingRecord)
    numbered = record.seed == 0 or without_number(record.name) != record.name
    name = name or (record.name if numbered else f"{record.name}-{record.seed}")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run / RECORD, folder / f"{name}.json")
    return record


def without_number(name: str) -> str:
    """What a name is without a seed or a number at its end: ``vector`` of ``vector-2``."""
    return re.sub(r"-\d+$", "", name)


def decides(callback: Mapping[str, Any] | None) -> bool:
    """Whether a callback's node has a say in the result."""
    return callback is not None and not callback["_target_"].startswith(SHOWING)


def config_hash(config: Mapping[str, Any]) -> str:
    """16 hexadecimal digits over what decides the result of the training of a plain configuration.

    Left out is where files lie, what it runs on, what it logs and shows, when it validates, and the outcome with its
    evaluation. The number of devices stays: it multiplies the batch. A data set goes by the name of its folder, and so
    does an autoencoder whose codes are the data.
    """
    deciding = {key: value for key, value in config.items() if key not in NOT_DECIDING}
    deciding["callbacks"] = [node for node in config["callbacks"].values() if decides(node)]
    trainer = {key: value for key, value in config["trainer"].items() if key not in RUNNING}
    deciding["trainer"] = trainer | {"devices": _devices(config["trainer"])}
    deciding["data"] = _wherever(config["data"])
    return _digest(deciding)


def outcome_hash(outcome: Mapping[str, Any]) -> str:
    """16 hexadecimal digits over what an outcome's node makes of a finished training, its evaluation among it."""
    return _digest(_wherever(outcome))


def _digest(node: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(node, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _wherever(node: Any) -> Any:
    """A node without the folders of its files: a data set goes by its name, or else by that of its folder.

    An autoencoder goes by that of its folder too.
    """
    if not isinstance(node, Mapping):
        return node
    moved = {key: _wherever(value) for key, value in node.items() if key != "cache"}
    if "root" in moved:
        moved["root"] = moved.get("dataset", Path(moved["root"]).name)
    if "autoencoder" in moved:
        moved["autoencoder"] = Path(moved["autoencoder"]).name
    return moved


def _devices(trainer: Mapping[str, Any]) -> Any:
    """How many devices, whichever they are, as Lightning counts."""
    match trainer.get("devices", "auto"):
        case list() as which:
            return len(which)
        case str() as which if "," in which:
            return len([index for index in which.split(",") if index])
        case "auto" | "-1" | -1:
            return _all_devices(trainer)
        case str() as number if number.isdecimal():
            return int(number)
        case number:
            return number


def _all_devices(trainer: Mapping[str, Any]) -> int:
    if trainer.get("accelerator") == "cpu":
        return 1
    # Only here: it takes seconds to import.
    from torch.cuda import device_count

    return max(1, device_count())
