"""How annealing went: sigma, soft and hard error, and their gap over the steps of a run.

The figure of Agustsson et al. 2017, appendix A.4.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA = "compressible-annealing-1"
LOGS = "csv"
"""Folder of the metrics, in a run's folder."""


@dataclass(frozen=True)
class AnnealingRecord:
    """What a run logged whenever it measured the gap.

    Attributes:
        schema: name and version of the JSON layout.
        run: name of the run; its training record says how it was made.
        step: training step.
        sigma: hardness.
        soft_mse: squared error with soft values, on pixels in 0..1.
        hard_mse: squared error with hard values.
    """

    schema: str
    run: str
    step: tuple[int, ...]
    sigma: tuple[float, ...]
    soft_mse: tuple[float, ...]
    hard_mse: tuple[float, ...]


def read_metrics(run: str, folder: Path) -> AnnealingRecord:
    """The logged rows of a run's folder that hold a gap. Raises ``ValueError`` if none does."""
    rows = [row for row in logged_rows(folder) if row.get("gap/gap")]
    if not rows:
        raise ValueError(f"{folder} logs no gap; train with annealing=gap")
    sigma, soft, hard = (tuple(float(row[f"gap/{key}"]) for row in rows) for key in ("sigma", "soft_mse", "hard_mse"))
    return AnnealingRecord(SCHEMA, run, tuple(int(row["step"]) for row in rows), sigma, soft, hard)


def logged_rows(folder: Path) -> list[dict[str, str]]:
    """All rows of a run's CSV logs; where a resumed run logged a step anew, both stand, in order of writing."""
    # A run that went on only to be evaluated has a folder without metrics.
    logs = (folder / LOGS).glob("version_*/metrics.csv")
    rows: list[dict[str, str]] = []
    for log in sorted(logs, key=lambda path: int(path.parent.name.removeprefix("version_"))):
        with log.open() as file:
            rows += csv.DictReader(file)
    return rows


def annealing_figure(record: AnnealingRecord) -> "Figure":
    """Three panels over the same steps: sigma, errors, gap."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 7), layout="constrained")
    FigureCanvasAgg(figure)
    top, middle, bottom = figure.subplots(3, 1, sharex=True)
    top.plot(record.step, record.sigma, color="#D55E00")
    top.set_ylabel("sigma")
    top.set_yscale("log")
    middle.plot(record.step, record.soft_mse, color="#0072B2", label="soft")
    middle.plot(record.step, record.hard_mse, color="#D55E00", label="hard")
    middle.set_ylabel("squared error, pixels in 0..1")
    middle.set_yscale("log")
    middle.legend(frameon=False)
    gap = [hard - soft for hard, soft in zip(record.hard_mse, record.soft_mse, strict=True)]
    bottom.plot(record.step, gap, color="#009E73")
    bottom.set_ylabel("gap, hard - soft")
    bottom.set_xlabel("step")
    for axes in (top, middle, bottom):
        axes.grid(True, color="#dddddd", linewidth=0.6)
        axes.spines[["top"]].set_visible(False)
    return figure
