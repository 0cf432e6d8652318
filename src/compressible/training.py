"""One training run from a composed configuration: fit, write what is to be left, evaluate that.

config ──► task, data, trainer ──► fit (resumes from last.ckpt) ──► outcome: <name>.<suffix> ──► evaluation.json, tables

With another outcome or evaluation a finished run takes the same way once more, from a last.ckpt with no step left.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytorch_lightning as pl
from lightning_fabric.utilities.exceptions import MisconfigurationException
from omegaconf import OmegaConf
from pytorch_lightning.callbacks import Timer
from pytorch_lightning.loggers import Logger
from rich.console import Console
from rich.markdown import Markdown

from compressible.atomic import write_bytes_atomic
from compressible.callbacks import RECONSTRUCTIONS, HeldOutMetrics, Origin, ProgressRecord, RunFigures, check_origin
from compressible.callbacks.checkpoint import AtomicCheckpointIO
from compressible.instantiate import ConfigError, instantiate
from compressible.loggers import displays
from compressible.loggers.evaluation import show_evaluation
from compressible.loggers.opening import opened
from compressible.outcomes import Outcome, Training
from compressible.outcomes.classifier import content_hash
from compressible.reports.codebook_records import CODEBOOKS
from compressible.reports.environment import Environment, record_changes, record_dataset, record_environment
from compressible.reports.evaluation_plan import rate_distortion_figures
from compressible.reports.index_records import HISTOGRAMS
from compressible.reports.logged_values import LOGS
from compressible.reports.schema import SchemaError, load, save
from compressible.reports.training_record import SCHEMA, TrainingRecord, config_hash, outcome_hash
from compressible.run_files import CHECKPOINT, EVALUATION, RECORD, SETTINGS, TABLES
from compressible.runs import State, first_process, recorded, state_of
from compressible.runs.outcome import outcome_of
from compressible.runs.progress import PROGRESS

STEPS = (LOGS, CODEBOOKS, HISTOGRAMS, RECONSTRUCTIONS)
"""Folders with something of some of the steps."""

log = logging.getLogger(__name__)


def train(config: Mapping[str, Any], folder: Path) -> Path:
    """Train what ``config`` describes, continuing a run that was stopped, and evaluate its outcome.

    What a finished run has left is not made anew, unless the configuration has another outcome or evaluation by now;
    these are then made from the finished training. Where several processes train, each calls this, and the first one
    alone writes.

    Args:
        config: plain, resolved configuration.
        folder: the run's folder.

    Returns:
        The outcome's file.

    Raises:
        ConfigError: if the configuration cannot be built, ``folder`` holds a run of another one or of other contents
            of what it names, or another process is at work there.
        DataError: if a data set is missing.
    """
    outcome: Outcome = instantiate(config["outcome"])
    path = folder / f"{config['name']}{outcome.suffix}"
    checkpoint = _checkpoint(config, folder)
    if checkpoint is not None:
        check_origin(checkpoint, config_hash(config), _sources(config))
    finished = checkpoint is not None and path.exists() and outcome_of(folder) == outcome_hash(config["outcome"])
    if first_process():
        _train_and_evaluate(config, outcome, path, finished=finished)
    elif not finished:
        with opened(config) as loggers:
            _fit_and_write(config, outcome, path, checkpoint, record_environment(), loggers)
    return path


def _checkpoint(config: Mapping[str, Any], folder: Path) -> Path | None:
    """The one to continue from."""
    path = folder / CHECKPOINT
    return path if config["resume"] and path.exists() else None


def _sources(config: Mapping[str, Any]) -> dict[str, str]:
    """Hashes of what the run starts or learns from, as far as that is there, by the settings that name it."""
    start, view = config["init_from"], config["data"].get("view") or {}
    hashes = {}
    if start and Path(start).is_file():
        hashes["init_from"] = content_hash(Path(start))
    if codes_of := view.get("autoencoder"):
        # What is not a finished run is refused by whoever reads its codes.
        with suppress(SchemaError):
            hashes["data.view.autoencoder"] = load(Path(codes_of) / RECORD, TrainingRecord).model
    return hashes


def _train_and_evaluate(config: Mapping[str, Any], outcome: Outcome, path: Path, *, finished: bool) -> None:
    """What the first process does: all of it, or only what a finished training still lacks."""
    folder = path.parent
    if finished:
        log.info("the run in %s is finished, there is nothing left to train", folder)
        if state_of(folder) in (State.DONE, State.NEW):
            _show_evaluation(outcome, path)
            return
    else:
        outcome.check()
        folder.mkdir(parents=True, exist_ok=True)
    # Before the work: during a long run the checkout may move on, and the code in memory does not.
    environment = record_environment()
    with recorded(folder, config_hash(config), environment):
        # Looked for again, since another process may have been at work until now.
        checkpoint = _checkpoint(config, folder)
        if not finished:
            if checkpoint is None:
                _clear(folder)
            _prepare(config, path, environment)
        with opened(config) as loggers:
            if not finished:
                _fit_and_write(config, outcome, path, checkpoint, environment, loggers)
            _show_evaluation(outcome, path)
            show_evaluation(displays(loggers), folder, load(folder / RECORD, TrainingRecord).steps)


def _clear(folder: Path) -> None:
    """Remove what a run that starts anew could go on from, or take for its own."""
    # First, or whoever is stopped from here on would have the next process go on from it.
    (folder / CHECKPOINT).unlink(missing_ok=True)
    for patch in folder.glob("changes*.patch"):
        patch.unlink()
    for steps in STEPS:
        rmtree(folder / steps, ignore_errors=True)


def _prepare(config: Mapping[str, Any], path: Path, environment: Environment) -> None:
    """Bring the folder into the state of an unfinished run, which has no outcome at ``path`` and no evaluation."""
    folder = path.parent
    outdated = [folder / name for name in (RECORD, path.name, EVALUATION, TABLES, PROGRESS)]
    for figure in rate_distortion_figures(folder):
        outdated += [figure, figure.with_suffix(".svg")]
    for file in outdated:
        file.unlink(missing_ok=True)
    write_bytes_atomic(folder / SETTINGS, OmegaConf.to_yaml(OmegaConf.create(dict(config))).encode())
    if changes := record_changes():
        # Each process has its own, since the next one may go on with other code.
        begun = datetime.fromisoformat(environment.date)
        write_bytes_atomic(folder / f"changes-{begun:%Y%m%dT%H%M%S}.patch", changes.encode(errors="surrogateescape"))


def _fit_and_write(
    config: Mapping[str, Any],
    outcome: Outcome,
    path: Path,
    checkpoint: Path | None,
    environment: Environment,
    loggers: Sequence[Logger],
) -> None:
    """Train from ``checkpoint`` or from the start; the first process then writes the outcome and the record."""
    pl.seed_everything(config["seed"], workers=True, verbose=False)
    data, task = instantiate(config["data"]), instantiate(config["task"])
    held_out_metrics = HeldOutMetrics()
    came_from = Origin(config_hash(config), _sources(config), environment)
    looking_on = [came_from, held_out_metrics, ProgressRecord(path.parent), RunFigures(path.parent)]
    trainer = _trainer(config, path.parent, looking_on, loggers)
    if checkpoint is None:
        origin = config["init_from"]
        task.start_from(Path(origin) if origin else None)
        log.info("starting from %s", origin or "random weights")
    if trainer.num_devices * trainer.num_nodes > 1 and first_process():
        # The other processes are started by fit; they find the data made ready and need not race for it.
        data.prepare_data()
        data.setup("fit")
    trainer.fit(task, datamodule=data, ckpt_path=str(checkpoint) if checkpoint else None, weights_only=True)
    if not trainer.is_global_zero:
        return
    training = Training(config, environment, task.cpu(), data)
    contents = outcome.write(training, path)
    log.info("wrote %s, %s, %d bytes", path, contents, path.stat().st_size)
    _write_record(training, trainer, path, contents, held_out_metrics.latest, came_from.earlier)


def _trainer(
    config: Mapping[str, Any], folder: Path, callbacks: Sequence[pl.Callback], loggers: Sequence[Logger]
) -> pl.Trainer:
    configured = [callback for callback in instantiate(config["callbacks"]).values() if callback is not None]
    make = instantiate({**config["trainer"], "_partial_": True})
    try:
        trainer = make(callbacks=[*configured, *callbacks], logger=list(loggers), default_root_dir=str(folder))
    except (MisconfigurationException, ValueError, TypeError) as error:
        raise ConfigError(f"trainer: {error}") from error
    # Not by a plugin, of which the configuration may have others.
    trainer.strategy.checkpoint_io = AtomicCheckpointIO()
    return trainer


def _show_evaluation(outcome: Outcome, path: Path) -> None:
    """Evaluate the outcome, unless that is done, and show the tables if there are any."""
    tables = path.with_name(TABLES)
    if not tables.exists():
        outcome.evaluate(path)
    if tables.exists():
        Console().print(Markdown(tables.read_text()))


def _write_record(
    training: Training,
    trainer: pl.Trainer,
    path: Path,
    contents: str,
    held_out_metrics: Mapping[str, float],
    earlier: tuple[Environment, ...],
) -> None:
    timers = [callback for callback in trainer.callbacks if isinstance(callback, Timer)]  # pyright: ignore[reportAttributeAccessIssue]
    config, data = training.config, training.data
    record = TrainingRecord(
        schema=SCHEMA,
        name=config["name"],
        environment=training.environment,
        config_hash=config_hash(config),
        seed=config["seed"],
        data=record_dataset(data.root.name, data.training_files()),
        held_out=data.held_out_names(),
        steps=trainer.global_step,
        started_from=config["init_from"],
        wall_seconds=timers[0].time_elapsed("train") if timers else None,
        model=contents,
        bytes=path.stat().st_size,
        held_out_metrics={name: own if math.isfinite(own) else None for name, own in held_out_metrics.items()},
        earlier=earlier,
    )
    save(path.with_name(RECORD), record)
