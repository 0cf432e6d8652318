"""The final evaluation of a run, to whoever shows tables and pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from compressible.loggers.base import Display
from compressible.reports.evaluation_plan import rate_distortion_figures
from compressible.run_files import TABLES


def show_evaluation(shown_by: Sequence[Display], folder: Path, step: int) -> None:
    """Show the tables that the evaluation left in the run's folder, and its rate-distortion figures.

    Args:
        shown_by: where.
        folder: of the run, whose evaluation is complete or left no tables.
        step: the last one of the training.
    """
    tables = folder / TABLES
    if not tables.exists():
        return
    for display in shown_by:
        display.show_tables("evaluation", tables.read_text(), step)
        for path in rate_distortion_figures(folder):
            display.show_picture(f"evaluation/{path.stem}", np.array(Image.open(path).convert("RGB")), step)
