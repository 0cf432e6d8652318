"""What a run logged while it trained: the values of each metric, from the CSV files in its folder.

A run that was cut off goes on from a step before, and logs the steps from there anew, in a file of its own.
"""

import csv
import math
from collections.abc import Iterator
from pathlib import Path

LOGS = "csv"
"""Folder of the files, in a run's folder."""
NO_METRICS = ("step", "epoch")


def logged_values(folder: Path) -> dict[str, dict[int, float]]:
    """Values of each metric by step, the steps ascending; of a step that was logged anew the later value.

    What is no finite number is left out, and so is a line that was cut off.
    """
    values: dict[str, dict[int, float]] = {}
    for row in _rows(folder):
        step = _number(row.get("step"))
        for metric, text in row.items():
            value = None if metric in NO_METRICS else _number(text)
            if metric and step is not None and value is not None:
                values.setdefault(metric, {})[int(step)] = value
    return {metric: dict(sorted(points.items())) for metric, points in values.items()}


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    """In the order of writing."""
    # A run that went on only to be evaluated has a folder without metrics.
    logs = (folder / LOGS).glob("version_*/metrics.csv")
    for log in sorted(logs, key=lambda path: int(path.parent.name.removeprefix("version_"))):
        with log.open() as file:
            # Without its end a line may be cut off in the middle of a number.
            yield from csv.DictReader(line for line in file if line.endswith("\n"))


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "nan")
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
