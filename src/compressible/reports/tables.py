"""Markdown tables of rate-distortion comparisons; every rate in them is that of whole files."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

from compressible.metrics.bd_rate import bd_rate, in_decibels
from compressible.metrics.curves import RDCurve
from compressible.reports.comparison import METRIC_LABELS, curves, label, results
from compressible.reports.evaluation import CodecResult, Evaluation, Metric


@dataclass(frozen=True)
class Cells:
    """A table.

    Attributes:
        header: names of the columns.
        rows: as many cells each.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def settings_table(evaluations: Sequence[Evaluation]) -> str:
    """Each codec at each setting: means of rate and metrics over the pictures, medians of the times."""
    header = ("codec", "bpp (file)", "PSNR dB", "SSIM", "MS-SSIM", "encode ms", "decode ms")
    rows = [
        (
            result.codec,
            f"{mean(image.file for image in result.images):.4f}",
            _mean(result, "psnr"),
            _mean(result, "ssim"),
            _mean(result, "ms_ssim"),
            f"{1000 * median(image.encode_seconds for image in result.images):.0f}",
            f"{1000 * median(image.decode_seconds for image in result.images):.0f}",
        )
        for result in results(evaluations)
    ]
    return markdown(header, rows)


def bd_rate_table(evaluations: Sequence[Evaluation], ours: str) -> str:
    """BD-rate of one family against each other one; negative means that ours needs fewer bits.

    Raises:
        ValueError: if there is no such family.
    """
    columns: list[dict[str, str]] = []
    for metric in ("psnr", "ms_ssim"):
        us, others = _apart(curves(evaluations, metric), ours, evaluations)
        column: dict[str, str] = {}
        for other in others:
            pair = (other, us) if metric == "psnr" or us is None else (in_decibels(other), in_decibels(us))
            rate = None if pair[1] is None else bd_rate(pair[0], pair[1])
            column[other.name] = "n/a" if rate is None else f"{rate:+.1f} %"
        columns.append(column)
    names = list(dict.fromkeys(name for column in columns for name in column))
    rows = [(label(name), *(column.get(name, "n/a") for column in columns)) for name in names]
    return markdown((f"BD-rate of {label(ours)} against", "by PSNR", "by MS-SSIM"), rows)


def same_rate_table(evaluations: Sequence[Evaluation], ours: str, metric: Metric) -> str:
    """Each setting of one family, and what the others reach at the same rate.

    A codec that cannot go so low is shown at its lowest rate, which stands beside the value; one whose highest rate is
    lower shows "n/a".

    Raises:
        ValueError: if there is no such family.
    """
    us, others = _apart(curves(evaluations, metric), ours, evaluations)
    rows: list[tuple[str, ...]] = []
    for point in us.points if us is not None else ():
        cells: list[str] = []
        for other in others:
            there = other.at(point.bpp)
            if there is None:
                cells.append("n/a")
            else:
                more = f" (at {there.bpp:.3f} bpp)" if there.bpp > point.bpp else ""
                cells.append(_number(there.value, metric) + more)
        rows.append((f"{point.bpp:.4f}", _number(point.value, metric), *cells))
    header = ("bpp (file)", f"{METRIC_LABELS[metric]}: {label(ours)}", *(label(other.name) for other in others))
    return markdown(header, rows)


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is left-aligned and whose others are right-aligned, with a final line break."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def read_markdown(text: str) -> tuple[Cells, ...]:
    """The tables of a text, each apart from the next: inverse of ``markdown``."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return tuple(Cells(header, tuple(rows)) for header, _, *rows in map(_rows, blocks))


def _rows(block: str) -> Iterator[tuple[str, ...]]:
    for line in block.strip("\n").split("\n"):
        yield tuple(cell.replace("\\|", "|") for cell in line[2:-2].split(" | "))


def _apart(
    all_curves: Sequence[RDCurve], ours: str, evaluations: Sequence[Evaluation]
) -> tuple[RDCurve | None, list[RDCurve]]:
    """Our curve, None if no setting of it has the metric, and the others."""
    families = dict.fromkeys(result.family for evaluation in evaluations for result in evaluation.codecs)
    if ours not in families:
        raise ValueError(f"there is no family '{ours}'; there are {', '.join(families)}")
    mine = [curve for curve in all_curves if curve.name == ours]
    return (mine[0] if mine else None), [curve for curve in all_curves if curve.name != ours]


def _mean(result: CodecResult, metric: Metric) -> str:
    point = result.point(metric)
    return "n/a" if point is None else _number(point.value, metric)


def _number(value: float, metric: Metric) -> str:
    return f"{value:.2f}" if metric == "psnr" else f"{value:.4f}"
