"""BD-rates of all pairs of curves."""

from collections.abc import Mapping, Sequence
from itertools import permutations

from compressible.metrics.bd_rate import bd_rate, in_decibels
from compressible.metrics.curves import RDCurve
from compressible.reports.comparison import METRIC_LABELS, label
from compressible.reports.evaluation import Metric
from compressible.reports.page.model import Table
from compressible.reports.tables import markdown

METRICS: tuple[Metric, ...] = ("psnr", "ms_ssim")

Rates = Mapping[tuple[str, str], float]
"""BD-rate in per cent by names of anchor and test."""


def all_pairs(curves: Sequence[RDCurve], metric: Metric) -> Rates:
    """BD-rate of each curve against each other one, where both show the same qualities at some rates."""
    comparable = curves if metric == "psnr" else [in_decibels(curve) for curve in curves]
    rates = {(anchor.name, test.name): bd_rate(anchor, test) for anchor, test in permutations(comparable, 2)}
    return {pair: rate for pair, rate in rates.items() if rate is not None}


def anchor_tables(families: Sequence[str], rates: Mapping[Metric, Rates]) -> tuple[Table, ...]:
    """One a curve that others can be compared with, titled with its name; each has a row for each of these."""
    columns = [rates[metric] for metric in METRICS]
    names = [f"by {METRIC_LABELS[metric].removesuffix(' in dB')}" for metric in METRICS]
    tables: list[Table] = []
    for anchor in families:
        tests = [test for test in families if any((anchor, test) in column for column in columns)]
        rows = [(label(test), *(_cell(column.get((anchor, test))) for column in columns)) for test in tests]
        if rows:
            header = (f"BD-rate against {label(anchor)}", *names)
            tables.append(Table(label(anchor), markdown(header, rows)))
    return tuple(tables)


def _cell(rate: float | None) -> str:
    return "n/a" if rate is None else f"{rate:+.1f} %"
