"""Figures of how a run goes, while it goes."""

from pathlib import Path

import pytorch_lightning as pl

from compressible.loggers import displays, rendered
from compressible.reports.run_figures import run_figures


class RunFigures(pl.Callback):
    """Shows after each validation, and after the last step, what can be drawn of the run's folder by then.

    Nothing is drawn if no logger shows pictures.

    Args:
        folder: the run's folder, to which metrics are logged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shown = -1

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Show them."""
        self._show(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Show them, unless the last step was validated."""
        self._show(trainer)

    def _show(self, trainer: pl.Trainer) -> None:
        step, shown_by = trainer.global_step, displays(trainer.loggers)
        if not (shown_by and trainer.is_global_zero) or step == self._shown:
            return
        self._shown = step
        for logger in trainer.loggers:
            # What figures are drawn of is read from the folder.
            logger.save()
        for name, figure in run_figures(self.folder):
            picture = rendered(figure)
            for display in shown_by:
                display.show_picture(name, picture, step)
