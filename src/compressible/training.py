"""One training run from a composed configuration: fit, export, evaluate.

config ──► task, data, trainer ──► fit (resumes from last.ckpt) ──► <name>.safetensors ──► evaluation.json, plots
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import wandb
from lightning_fabric.utilities.exceptions import MisconfigurationException
from omegaconf import OmegaConf
from pytorch_lightning.callbacks import Timer
from pytorch_lightning.utilities import rank_zero_only
from rich.console import Console
from rich.markdown import Markdown

from compressible.atomic import write_bytes_atomic
from compressible.callbacks import HeldOutMetrics, Origin, check_origin, read_checkpoint
from compressible.codecs.calibration import count_tables
from compressible.codecs.exported import Card, load_model, round_weights, save_model
from compressible.codecs.learned import LearnedCodec, unexported
from compressible.data.photographs import Photographs
from compressible.instantiate import ConfigError, instantiate
from compressible.reports.environment import Environment, record_dataset, record_environment
from compressible.reports.evaluation_plan import TABLES, EvaluationPlan
from compressible.reports.schema import save
from compressible.reports.training_record import SCHEMA, TrainingRecord, config_hash
from compressible.tasks import ImageCompression

CHECKPOINT = "last.ckpt"
RECORD = "training.json"
"""Written last: once it is there, the training is complete."""

log = logging.getLogger(__name__)


def train(config: Mapping[str, Any], folder: Path) -> Path:
    """Train what ``config`` describes, continuing a run that was stopped, and evaluate it.

    What a finished run has left is not made anew. Where several processes train, each calls this, and the first one
    alone writes.

    Args:
        config: plain, resolved configuration.
        folder: the run's folder.

    Returns:
        The exported model.

    Raises:
        ConfigError: if the configuration cannot be built, or ``folder`` holds a run of another one.
        DataError: if a data set is missing.
    """
    plan = instantiate(config["evaluation"]) if config["evaluation"] else None
    checkpoint, path = folder / CHECKPOINT, folder / f"{config['name']}.safetensors"
    resume = config["resume"] and checkpoint.exists()
    if resume:
        check_origin(checkpoint, config_hash(config))
    if resume and path.exists() and (folder / RECORD).exists():
        log.info("the run in %s is finished, there is nothing left to train", folder)
    else:
        if first_process():
            _prepare(config, plan, folder)
        _fit_and_export(config, folder, path, checkpoint if resume else None)
    if first_process():
        _show_evaluation(plan, path, folder)
    return path


def first_process() -> bool:
    """Whether this is the one process that writes and speaks, known before any trainer is made."""
    return rank_zero_only.rank == 0  # pyright: ignore[reportFunctionMemberAccess]


def _prepare(config: Mapping[str, Any], plan: EvaluationPlan | None, folder: Path) -> None:
    """Bring the folder into the state of an unfinished run, once it is known that nothing is missing at its end."""
    if plan is not None:
        plan.check()
    folder.mkdir(parents=True, exist_ok=True)
    for outdated in (RECORD, TABLES):
        (folder / outdated).unlink(missing_ok=True)
    write_bytes_atomic(folder / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(dict(config))).encode())


def _fit_and_export(config: Mapping[str, Any], folder: Path, path: Path, checkpoint: Path | None) -> None:
    """Train from ``checkpoint`` or from the start; the first process then writes the model and the record."""
    # Before the work: during a long run the checkout may move on, and the code in memory does not.
    environment = record_environment()
    pl.seed_everything(config["seed"], workers=True, verbose=False)
    data, task = instantiate(config["data"]), instantiate(config["task"])
    held_out_metrics = HeldOutMetrics()
    trainer = _trainer(config, folder, [Origin(config_hash(config)), held_out_metrics])
    if config["init_from"] and checkpoint is None:
        warm_start(task, Path(config["init_from"]))
    if trainer.num_devices * trainer.num_nodes > 1 and first_process():
        # The other processes are started by fit; they find the photographs decoded and need not race for it.
        data.prepare_data()
        data.setup("fit")
    trainer.fit(task, datamodule=data, ckpt_path=str(checkpoint) if checkpoint else None, weights_only=True)
    if not trainer.is_global_zero:
        return
    export(config, task, data, path, environment)
    _write_record(config, trainer, data, path, environment, held_out_metrics.latest)
    # Under a sweep the next job would log into this one's run.
    if wandb.run is not None:
        wandb.finish()


def _trainer(config: Mapping[str, Any], folder: Path, callbacks: list[pl.Callback]) -> pl.Trainer:
    configured = [callback for callback in instantiate(config["callbacks"]).values() if callback is not None]
    loggers = [logger for logger in instantiate(config["logger"]).values() if logger is not None]
    make = instantiate({**config["trainer"], "_partial_": True})
    try:
        return make(callbacks=[*configured, *callbacks], logger=loggers, default_root_dir=str(folder))
    except (MisconfigurationException, ValueError, TypeError) as error:
        raise ConfigError(f"trainer: {error}") from error


def _show_evaluation(plan: EvaluationPlan | None, path: Path, folder: Path) -> None:
    """Evaluate the exported model, unless that is done, and show the tables if there are any."""
    tables = folder / TABLES
    if plan is not None and not tables.exists():
        plan.run(LearnedCodec(load_model(path)), folder)
    if tables.exists():
        Console().print(Markdown(tables.read_text()))


def warm_start(task: ImageCompression, path: Path) -> None:
    """Start ``task`` from another run's checkpoint, at another rate or with another quantizer say.

    A run that never left its first stage has only a network to give: quantizer and symbol model start afresh.

    Raises:
        ConfigError: if the checkpoint's network is not that of ``task``.
    """
    checkpoint = read_checkpoint(path)
    try:
        state, first = checkpoint["state_dict"], checkpoint["annealing"]["sigma_0"]
        quantized = bool(state["initialised"])
    except KeyError as error:
        raise ConfigError(f"{path} is not the checkpoint of a run that compresses images") from error
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
    config: Mapping[str, Any], task: ImageCompression, data: Photographs, path: Path, environment: Environment
) -> None:
    """Write the trained model to ``path``, with tables counted on training photographs."""
    network = task.model.cpu().eval()
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
    description = save_model(path, config["name"], config["model"], network, (coder,), card)
    log.info("wrote %s, model %s, %d bytes", path, description.hash, path.stat().st_size)


def _write_record(
    config: Mapping[str, Any],
    trainer: pl.Trainer,
    data: Photographs,
    path: Path,
    environment: Environment,
    held_out_metrics: Mapping[str, float],
) -> None:
    timers = [callback for callback in trainer.callbacks if isinstance(callback, Timer)]  # pyright: ignore[reportAttributeAccessIssue]
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
        held_out_metrics=held_out_metrics,
    )
    save(path.with_name(RECORD), record)
