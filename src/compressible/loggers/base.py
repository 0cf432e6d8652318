"""What a logger is that shows more than metrics. Whoever has something to show hands it to all of them.

settings, pictures, tables ──► displays(loggers) ──► TensorBoard, W&B
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pytorch_lightning.loggers import Logger

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Display(ABC):
    """A second base of Lightning's loggers. Of several processes only the first one shows anything."""

    @abstractmethod
    def show_settings(self, settings: Mapping[str, Any]) -> None:
        """Show what the run was configured with, as its hyperparameters.

        Args:
            settings: plain containers and values.

        Raises:
            ConfigError: if it cannot be shown anything.
        """

    @abstractmethod
    def show_picture(self, name: str, picture: NDArray[np.uint8], step: int) -> None:
        """Show a picture (h, w, 3) of a step, beside those that have the same name at other steps."""

    @abstractmethod
    def show_tables(self, name: str, text: str, step: int) -> None:
        """Show the tables of a Markdown text."""

    @abstractmethod
    def close(self, *, failed: bool) -> None:
        """Finish what is shown of this run; nothing comes after it."""


def displays(loggers: Iterable[Logger]) -> tuple[Display, ...]:
    """Those among ``loggers`` that show more than metrics."""
    return tuple(logger for logger in loggers if isinstance(logger, Display))


def rendered(figure: "Figure") -> NDArray[np.uint8]:
    """A figure as a picture (h, w, 3)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.array(canvas.buffer_rgba())[..., :3]
