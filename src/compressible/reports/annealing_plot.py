"""How annealing went: sigma, soft and hard error, and their gap over the steps of a run.

The figure of Agustsson et al. 2017, appendix A.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compressible.reports.logged_values import logged_values

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA = "compressible-annealing-1"
MEASURED = ("gap/sigma", "gap/soft_mse", "gap/hard_mse")


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
    """What a run's folder holds. Raises ``ValueError`` if it logs no gap."""
    logged = logged_values(folder)
    steps = gap_steps(logged)
    if not steps:
        raise ValueError(f"{folder} logs no gap; train with annealing=gap")
    sigma, soft, hard = (tuple(logged[metric][step] for step in steps) for metric in MEASURED)
    return AnnealingRecord(SCHEMA, run, steps, sigma, soft, hard)


def gap_steps(logged: Mapping[str, Mapping[int, float]]) -> tuple[int, ...]:
    """Steps of which a run logged sigma and both errors."""
    sigma, soft, hard = (logged.get(metric, {}) for metric in MEASURED)
    return tuple(step for step in sigma if step in soft and step in hard)


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
