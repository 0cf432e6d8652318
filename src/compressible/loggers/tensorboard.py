"""TensorBoard: event files in the run's folder."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.utilities import rank_zero_only

from compressible.instantiate import ConfigError
from compressible.loggers.base import Display

SUBFOLDER = "tensorboard"


class TensorBoard(TensorBoardLogger, Display):
    """Writes to ``tensorboard/`` in the run's folder; a resumed run adds files there.

    Args:
        folder: the run's folder.
    """

    def __init__(self, folder: str) -> None:
        if find_spec("tensorboard") is None:
            raise ConfigError("tensorboard is not installed: pip install 'compressible[tensorboard]'")
        super().__init__(folder, name="", version=SUBFOLDER, default_hp_metric=False)

    @rank_zero_only
    def show_settings(self, settings: Mapping[str, Any]) -> None:
        """Show them in the HParams tab; nested ones as ``group/key``."""
        from torch.utils.tensorboard.summary import hparams

        # Lightning writes none unless it may log a metric of its own beside them.
        experiment, session, _ = hparams(dict(_flat(settings)), {})
        writer = self.experiment._get_file_writer()
        writer.add_summary(experiment)
        writer.add_summary(session)

    @rank_zero_only
    def show_picture(self, name: str, picture: NDArray[np.uint8], step: int) -> None:
        """Show it in the Images tab."""
        self.experiment.add_image(name, picture, step, dataformats="HWC")

    @rank_zero_only
    def show_tables(self, name: str, text: str, step: int) -> None:
        """Show the text in the Text tab, which reads Markdown."""
        self.experiment.add_text(name, text, step)

    def close(self, *, failed: bool) -> None:
        """Write what is left."""
        if self._experiment is not None:
            self._experiment.close()


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, bool | int | float | str]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}/")
        else:
            yield f"{prefix}{key}", value if isinstance(value, bool | int | float | str) else str(value)
