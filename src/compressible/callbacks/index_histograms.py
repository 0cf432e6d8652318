"""How the indices of a network's weights develop while it is compressed: Agustsson et al. 2017, appendix A.8.

every logged step ─────► entropy, and while weights are soft sigma and max phi ─► loggers
chosen moments ────────► histogram of each codebook ─────────────► index_histograms/step_<n>.json
switch to hard weights ► max phi, gap of soft and hard weights ──► switch.json
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from torch.optim import Optimizer

from compressible.callbacks.weight_statistics import (
    bits_per_weight,
    histograms,
    mean_max_phi,
    soft_hard_gap,
    soft_quantizers,
)
from compressible.instantiate import ConfigError
from compressible.reports.index_records import (
    HISTOGRAMS,
    HISTOGRAMS_SCHEMA,
    SWITCH,
    SWITCH_SCHEMA,
    IndexRecord,
    SwitchRecord,
)
from compressible.reports.schema import save
from compressible.tasks import Stage, WeightCompression


class IndexHistograms(pl.Callback):
    """Logs ``train/entropy``, ``train/sigma`` and ``train/max_phi``, and writes histograms and the switch.

    The entropy is H(p) of the hard symbols in bits per weight, sigma a multiple of sigma_0. All processes have the same
    weights, and the first one alone does this.

    Args:
        folder: the run's folder.
        moments: when histograms are written, as fractions of ``trainer.max_steps`` taken.
    """

    def __init__(self, folder: str, moments: Sequence[float] = (0.0, 0.5, 1.0)) -> None:
        if not all(0 <= moment <= 1 for moment in moments):
            raise ValueError(f"moments are fractions of the run in 0..1, got {tuple(moments)}")
        self.folder = Path(folder)
        self.moments = tuple(moments)

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """See that there are weights with soft assignments. Raises ``ConfigError`` if not."""
        if not isinstance(pl_module, WeightCompression):
            raise ConfigError("histograms of indices are those of task=weight_compression; choose callbacks=plain")
        try:
            soft_quantizers(pl_module.model)
        except ValueError as error:
            raise ConfigError(f"{error}; choose callbacks=plain") from error

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The moment before the first step; what another run left in the folder would mix with a new one's."""
        if trainer.is_global_zero and trainer.global_step == 0:
            for leftover in (self.folder / SWITCH, *(self.folder / HISTOGRAMS).glob("step_*.json")):
                leftover.unlink(missing_ok=True)
        self._write_histograms(trainer, pl_module)

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Write the switch; Lightning calls callbacks before the task, which then makes the weights hard."""
        assert isinstance(pl_module, WeightCompression)
        model = pl_module.model
        if trainer.is_global_zero and pl_module.stage is Stage.HARD and not model.fixed:
            record = SwitchRecord(SWITCH_SCHEMA, trainer.global_step, mean_max_phi(model), soft_hard_gap(model))
            save(self.folder / SWITCH, record)

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: Optimizer
    ) -> None:
        """Log, of the weights with which this step has computed."""
        assert isinstance(pl_module, WeightCompression)
        every = trainer.log_every_n_steps  # pyright: ignore[reportAttributeAccessIssue]
        step = trainer.global_step
        if not trainer.is_global_zero or every == 0 or (step + 1) % every:
            return
        measured = {"train/entropy": bits_per_weight(histograms(pl_module.model))}
        if not pl_module.model.fixed:
            measured["train/sigma"] = pl_module.hardness.annealing.sigma()
            measured["train/max_phi"] = mean_max_phi(pl_module.model)
        # Lightning's own log would repeat the last soft values in all hard steps.
        for logger in trainer.loggers:
            logger.log_metrics(measured, step=step)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """The moments after a step."""
        self._write_histograms(trainer, pl_module)

    def _write_histograms(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, WeightCompression)
        step = trainer.global_step
        if trainer.is_global_zero and step in {round(moment * trainer.max_steps) for moment in self.moments}:
            vectors = histograms(pl_module.model)
            folder = self.folder / HISTOGRAMS
            folder.mkdir(parents=True, exist_ok=True)
            record = IndexRecord(HISTOGRAMS_SCHEMA, step, bits_per_weight(vectors), vectors)
            save(folder / f"step_{step:07d}.json", record)
