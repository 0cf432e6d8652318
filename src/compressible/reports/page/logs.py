"""What a run logged while it trained, from its folder or from a result file that keeps part of it."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compressible.reports.annealing_plot import AnnealingRecord
from compressible.reports.codebook_records import CODEBOOKS, ChannelEntropies
from compressible.reports.index_plot import POINTS, EntropyRecord
from compressible.reports.index_records import HISTOGRAMS, IndexRecord
from compressible.reports.logged_values import logged_values
from compressible.reports.schema import load

ONE_CHANNEL = re.compile(r"/\d+$")
"""Metrics of single channels, of which there are too many to look at."""


@dataclass(frozen=True)
class Curve:
    """One metric over the steps.

    Attributes:
        steps: ascending.
        values: finite, as many.
    """

    steps: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Log:
    """All that one run logged.

    Attributes:
        name: of the run.
        curves: by the name of the metric.
        moments: histograms of its indices, in the order of their steps.
        channels: entropies of the channels at the last validation that wrote them.
        run: ``RunCard.id``, None if the run's folder is not at hand.
    """

    name: str
    curves: Mapping[str, Curve]
    moments: tuple[IndexRecord, ...] = ()
    channels: tuple[ChannelEntropies, ...] = ()
    run: str | None = None


def read_log(folder: Path, name: str, run: str) -> Log:
    """Of a run's folder, whatever of it there is.

    Raises:
        SchemaError: if a record cannot be read.
    """
    values = {metric: points for metric, points in logged_values(folder).items() if not ONE_CHANNEL.search(metric)}
    moments = tuple(load(file, IndexRecord) for file in sorted((folder / HISTOGRAMS).glob("step_*.json")))
    channels = sorted((folder / CODEBOOKS).glob("step_*.json"))
    return Log(
        name=name,
        curves={metric: _thinned(points) for metric, points in sorted(values.items())},
        moments=moments,
        channels=load(channels[-1], tuple[ChannelEntropies, ...]) if channels else (),
        run=run,
    )


def of_annealing(record: AnnealingRecord, name: str) -> Log:
    """A record of annealing, under the names by which a run logs the same."""
    gap = tuple(hard - soft for hard, soft in zip(record.hard_mse, record.soft_mse, strict=True))
    values = {
        "train/sigma": record.sigma,
        "gap/soft_mse": record.soft_mse,
        "gap/hard_mse": record.hard_mse,
        "gap/gap": gap,
    }
    return Log(name, {metric: Curve(record.step, series) for metric, series in values.items()})


def of_entropies(record: EntropyRecord, name: str) -> Log:
    """A record of the entropy of indices, likewise."""
    return Log(name, {"train/entropy": Curve(record.step, record.entropy)}, record.moments)


def _thinned(points: Mapping[int, float]) -> Curve:
    """No more points than a figure can show, the last one among them."""
    steps = tuple(points)
    stride = math.ceil(len(steps) / POINTS)
    kept = steps[(len(steps) - 1) % stride :: stride]
    return Curve(kept, tuple(points[step] for step in kept))
