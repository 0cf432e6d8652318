"""Weights & Biases: one W&B run for each folder of a run."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.utilities import rank_zero_only

from compressible.instantiate import ConfigError
from compressible.loggers.base import Display
from compressible.reports.tables import read_markdown


class WandB(WandbLogger, Display):
    """Writes to ``wandb/`` in the run's folder, and sends it too unless offline.

    A resumed run continues its W&B run, since the folder names that: online at once, offline when both parts are sent.
    A run that starts anew in its folder replaces what W&B has of it.

    Args:
        folder: the run's folder; it exists.
        name: of the W&B run.
        group: of W&B runs.
        project: of W&B.
        offline: send nothing; needs neither network nor account.
        resume: whether a run that was cut off in the folder goes on.
    """

    def __init__(
        self,
        folder: str,
        name: str,
        group: str,
        project: str = "compressible",
        offline: bool = True,
        resume: bool = True,
    ) -> None:
        super().__init__(
            name=name,
            save_dir=folder,
            id=run_id(Path(folder)),
            project=project,
            group=group,
            mode="offline" if offline else None,
            resume="allow" if resume and not offline else None,
        )
        # Lightning hands it on, and W&B warns of it.
        self._wandb_init.pop("anonymous", None)

    @rank_zero_only
    def show_settings(self, settings: Mapping[str, Any]) -> None:
        """Make them the run's config."""
        import wandb

        try:
            self.log_hyperparams(dict(settings))
        except wandb.Error as error:
            raise ConfigError(f"W&B: {error}; logger.wandb.offline=true needs no account") from error

    @rank_zero_only
    def show_picture(self, name: str, picture: NDArray[np.uint8], step: int) -> None:
        """Log it as an image."""
        # Of an array W&B would guess the range.
        self.log_image(name, [Image.fromarray(picture)], step=step)

    @rank_zero_only
    def show_tables(self, name: str, text: str, step: int) -> None:
        """Log each as a ``wandb.Table``; the second one is ``name_2``."""
        for number, table in enumerate(read_markdown(text), start=1):
            key = name if number == 1 else f"{name}_{number}"
            self.log_table(key, columns=list(table.header), data=[list(row) for row in table.rows], step=step)

    def close(self, *, failed: bool) -> None:
        """Finish the W&B run; in a multirun the next run would be logged into it."""
        if self._experiment is not None:
            self._experiment.finish(exit_code=int(failed))


def run_id(folder: Path) -> str:
    """Id of the W&B run that belongs to a folder: 16 hexadecimal digits of its absolute path."""
    return hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
