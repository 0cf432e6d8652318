"""One training run from a composed configuration: fit, export, evaluate.

config ──► task, data, trainer ──► fit (resumes from last.ckpt) ──► <name>.safetensors ──► evaluation.json, plots
"""

import logging
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
import wandb
from pytorch_lightning.callbacks import Timer
from rich.console import Console
from rich.markdown import Markdown

from compressible.codecs.calibration import count_tables
from compressible.codecs.exported import Card, load_model, round_weights, save_model
from compressible.codecs.learned import LearnedCodec, unexported
from compressible.data.photographs import Photographs
from compressible.instantiate import ConfigError, instantiate
from compressible.reports.environment import Environment, record_dataset, record_environment
from compressible.reports.schema import save
from compressible.reports.training_record import SCHEMA, TrainingRecord, config_hash
from compressible.tasks import ImageCompression

CHECKPOINT = "last.ckpt"

log = logging.getLogger(__name__)


def train(config: Mapping[str, Any], folder: Path) -> Path:
    """Train what ``config`` describes, continuing a run that was stopped, and evaluate it.

    Args:
        config: plain, resolved configuration.
        folder: the run's folder.

    Returns:
        The exported model.

    Raises:
        ConfigError: if the configuration cannot be built.
        DataError: if a data set is missing.
    """
    # Before the work: during a long run the checkout may move on, and the code in memory does not.
    environment = record_environment()
    pl.seed_everything(config["seed"], workers=True, verbose=False)
    data, task = instantiate(config["data"]), instantiate(config["task"])
    plan = instantiate(config["evaluation"]) if config["evaluation"] else None
    trainer: pl.Trainer = instantiate({**config["trainer"], "_partial_": True})(
        callbacks=list(instantiate(config["callbacks"]).values()),
        logger=list(instantiate(config["logger"]).values()),
        default_root_dir=str(folder),
    )
    checkpoint = folder / CHECKPOINT
    resume = config["resume"] and checkpoint.exists()
    if config["init_from"] and not resume:
        warm_start(task, Path(config["init_from"]))
    trainer.fit(task, datamodule=data, ckpt_path=str(checkpoint) if resume else None, weights_only=True)
    path = export(config, task, data, folder, environment)
    _write_record(config, trainer, data, path, environment)
    # Under a sweep the next job would log into this one's run.
    if wandb.run is not None:
        wandb.finish()
    if plan is not None:
        plan.run(LearnedCodec(load_model(path)), folder)
        Console().print(Markdown((folder / "evaluation.md").read_text()))
    return path


def warm_start(task: ImageCompression, path: Path) -> None:
    """Start ``task`` from another run's checkpoint, at another rate or with another quantizer say.

    A run that never left its first stage has only a network to give: quantizer and symbol model start afresh.

    Raises:
        ConfigError: if the checkpoint's network is not that of ``task``.
    """
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        state, first = checkpoint["state_dict"], checkpoint["annealing"]["sigma_0"]
    except (OSError, pickle.UnpicklingError, RuntimeError, KeyError) as error:
        raise ConfigError(f"init_from={path} is not the checkpoint of a run") from error
    quantized = bool(state["initialised"])
    if not quantized:
        kept = {key: value for key, value in task.state_dict().items() if not _is_network(key)}
        state = {key: value for key, value in state.items() if _is_network(key)} | kept
    try:
        task.load_state_dict(state)
    except RuntimeError as error:
        raise ConfigError(f"{path} holds another network, quantizer or symbol model than the configuration") from error
    if quantized:
        task.set_hardness(first)
    log.info("starting from %s", path)


def _is_network(key: str) -> bool:
    return key.startswith("model.") and ".quantizer." not in key


def export(
    config: Mapping[str, Any], task: ImageCompression, data: Photographs, folder: Path, environment: Environment
) -> Path:
    """Write the trained model with tables counted on training photographs; returns its path."""
    name, network = config["name"], task.model.cpu().eval()
    for bottleneck in network.bottlenecks:
        bottleneck.bypass = False
        bottleneck.active_channels = bottleneck.channels
    round_weights(network)
    codec = unexported(network, task.integer_coders())
    photographs = list(data.training_photographs(config["calibration_photographs"]))
    coder = count_tables(codec, photographs, len(photographs))
    card = Card(
        title=f"SHVQ image compression, beta = {config['beta']:g}",
        training_data=data.root.name,
        distortion=str(config["distortion"]["_target_"]).rpartition(".")[2],
        beta=config["beta"],
        steps=config["trainer"]["max_steps"],
        seed=config["seed"],
        commit=environment.commit or "",
    )
    path = folder / f"{name}.safetensors"
    description = save_model(path, name, config["model"], network, (coder,), card)
    log.info("wrote %s, model %s, %d bytes", path, description.hash, path.stat().st_size)
    return path


def _write_record(
    config: Mapping[str, Any], trainer: pl.Trainer, data: Photographs, path: Path, environment: Environment
) -> None:
    timers = [callback for callback in trainer.callbacks if isinstance(callback, Timer)]  # pyright: ignore[reportAttributeAccessIssue]
    metrics = {key: float(value) for key, value in trainer.callback_metrics.items() if key.startswith("val/")}
    record = TrainingRecord(
        schema=SCHEMA,
        name=config["name"],
        environment=environment,
        config_hash=config_hash(config),
        seed=config["seed"],
        data=record_dataset(data.root.name, [data.root / entry.name for entry in data.photos.entries]),
        held_out=tuple(data.photos.entries[i].name for i in data.held_out_indices),
        steps=trainer.global_step,
        started_from=config["init_from"],
        wall_seconds=timers[0].time_elapsed("train") if timers else None,
        model=load_model(path).description.hash,
        bytes=path.stat().st_size,
        held_out_metrics=metrics,
    )
    save(path.with_name("training.json"), record)
