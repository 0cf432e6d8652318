"""Evaluations as rate-distortion curves, settings and BD-rates, one comparison for each set of pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from compressible.codecs.families import FAMILIES
from compressible.metrics.bd_rate import decibels
from compressible.metrics.curves import RDCurve, RDPoint
from compressible.reports.comparison import METRIC_LABELS
from compressible.reports.comparison import label as family_label
from compressible.reports.evaluation import CodecResult, Evaluation, Metric
from compressible.reports.page.bd_rates import METRICS, Rates, all_pairs, anchor_tables
from compressible.reports.page.model import Axis, Chart, Comparison, Series, Stroke, Table, Tick
from compressible.reports.rd_plot import RATES, SIMILARITIES
from compressible.reports.reproduction.merging import measurement
from compressible.reports.tables import settings_table

RATE_TICKS = tuple(Tick(rate, f"{rate:g}") for rate in RATES)
SIMILARITY_TICKS = tuple(Tick(decibels(value), f"{value:g}") for value in SIMILARITIES)
SHOWN: tuple[Metric, ...] = ("ms_ssim", "psnr", "ssim")


@dataclass(frozen=True)
class Source:
    """An evaluation and where it comes from.

    Attributes:
        name: of the file, or of the run.
        evaluation: what was measured.
        run: ``RunCard.id``, None if it is not of a run's folder.
    """

    name: str
    evaluation: Evaluation
    run: str | None = None


@dataclass(frozen=True)
class Measured:
    """One codec at one setting.

    Attributes:
        result: under a name that no other has.
        source: that says so.
        classical: whether it is no model.
    """

    result: CodecResult
    source: Source
    classical: bool


def compare(sources: Sequence[Source]) -> tuple[Comparison, ...]:
    """One comparison for each set of pictures, in order of appearance."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        groups.setdefault(source.evaluation.dataset.sha256, []).append(source)
    return tuple(_compare(group) for group in groups.values())


def _compare(sources: Sequence[Source]) -> Comparison:
    measured = _distinct(sources)
    dataset = sources[0].evaluation.dataset
    charts = (_chart(measured, metric) for metric in SHOWN)
    classical_first = sorted(measured, key=lambda one: not one.classical)
    families = list(dict.fromkeys(one.result.family for one in classical_first))
    rates: dict[Metric, Rates] = {metric: all_pairs(_curves(measured, metric), metric) for metric in METRICS}
    together = replace(sources[0].evaluation, codecs=tuple(one.result for one in measured))
    return Comparison(
        title=f"{dataset.name}: {dataset.items} {'picture' if dataset.items == 1 else 'pictures'}",
        charts=tuple(chart for chart in charts if chart is not None),
        bd_rates=anchor_tables(families, rates),
        settings=Table("All settings", settings_table([together]), "Times are medians over the pictures."),
    )


def _distinct(sources: Sequence[Source]) -> list[Measured]:
    """Learned codecs first. The same measured again counts once; another of the same name has its source's as well.

    One with other settings or another model, as the runs of a sweep have, is a point of the same curve; one that came
    out differently with the same is a curve of its own. What a run measured too is said to be of the run.
    """
    found: dict[tuple[object, ...], Measured] = {}
    named: dict[tuple[str, str], CodecResult] = {}
    for source in sources:
        for result in source.evaluation.codecs:
            key = measurement(result)
            if key in found:
                if source.run is not None and found[key].source.run is None:
                    found[key] = replace(found[key], source=source)
                continue
            classical = result.family in FAMILIES
            first = named.setdefault((result.family, result.codec), result)
            if first is not result:
                same = result.details == first.details
                family = f"{result.family} ({source.name})" if same else result.family
                result = replace(result, family=family, codec=f"{result.codec} ({source.name})")
            found[key] = Measured(result, source, classical)
    return sorted(found.values(), key=lambda one: one.classical)


def _curves(measured: Sequence[Measured], metric: Metric) -> list[RDCurve]:
    points: dict[str, list[RDPoint]] = {}
    for one in measured:
        if (point := one.result.point(metric)) is not None:
            points.setdefault(one.result.family, []).append(point)
    return [RDCurve(name, own) for name, own in points.items()]


def _chart(measured: Sequence[Measured], metric: Metric) -> Chart | None:
    """Of all families of which there is a finite point; a family has one colour whatever the metric."""
    families = list(dict.fromkeys(one.result.family for one in measured))
    drawn = (
        _series([one for one in measured if one.result.family == family], metric, colour)
        for colour, family in enumerate(families)
    )
    series = tuple(one for one in drawn if one is not None)
    if not series:
        return None
    rates = sorted(rate for one in series for rate in one.x)
    heights = sorted(height for one in series for height in one.y)
    x = Axis("bits per pixel (whole file)", log=True, ticks=_ticks(RATE_TICKS, rates, lambda rate: f"{rate:.3g}"))
    label = METRIC_LABELS[metric]
    if metric == "psnr":
        return Chart(label, x, Axis(label), series)
    ticks = _ticks(SIMILARITY_TICKS, heights, lambda height: f"{1 - 10 ** (-height / 10):.4f}")
    return Chart(label, x, Axis(label, ticks=ticks), series)


def _ticks(usual: tuple[Tick, ...], values: Sequence[float], label: Callable[[float], str]) -> tuple[Tick, ...]:
    """The usual marks, or those of the first and the last value where fewer than two of the usual lie between."""
    first, last = values[0], values[-1]
    if sum(first <= tick.at <= last for tick in usual) >= 2:
        return usual
    return tuple(Tick(value, label(value)) for value in dict.fromkeys((first, last)))


def _series(family: Sequence[Measured], metric: Metric, colour: int) -> Series | None:
    heights = [
        (one, point, _height(point, metric)) for one in family if (point := one.result.point(metric)) is not None
    ]
    drawn = sorted((item for item in heights if item[2] < float("inf")), key=lambda item: item[1].bpp)
    if not drawn:
        return None
    name = family[0].result.family
    return Series(
        name=family_label(name),
        x=tuple(point.bpp for _, point, _ in drawn),
        y=tuple(height for _, _, height in drawn),
        colour=colour,
        stroke=Stroke.DOTTED if family[0].classical else Stroke.BOLD,
        notes=tuple(_notes(one, point, metric) for one, point, _ in drawn),
        runs=tuple(one.source.run for one, _, _ in drawn),
    )


def _height(point: RDPoint, metric: Metric) -> float:
    """Where a point is drawn: similarities in decibels, or near 1 they would lie on one line."""
    return point.value if metric == "psnr" else decibels(point.value)


def _notes(one: Measured, point: RDPoint, metric: Metric) -> tuple[str, ...]:
    value = f"PSNR {point.value:.2f} dB" if metric == "psnr" else f"{METRIC_LABELS[metric]} {point.value:.4f}"
    settings = ", ".join(f"{key} {setting}" for key, setting in one.result.details.items())
    lines = (one.result.codec, f"{point.bpp:.4f} bits per pixel", value, settings, f"from {one.source.name}")
    return tuple(line for line in lines if line)
