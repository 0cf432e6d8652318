"""What ``compressible weights compress`` costs a classifier: its answers as read back, at several steps."""

from dataclasses import dataclass

from compressible.reports.environment import Dataset, Environment
from compressible.reports.network_table import difference_of
from compressible.reports.tables import markdown

SCHEMA = "compressible-one-shot-1"


@dataclass(frozen=True)
class Point:
    """The network at one step.

    Attributes:
        step: as ``weights.one_shot`` has it.
        accuracy: share of the images that is classified rightly.
        gained: images that only the compressed network classifies rightly.
        lost: images that only the original does.
        bytes: of the file.
        context_bytes: of that with the symbols in their contexts; accuracy does not depend on it.
    """

    step: float
    accuracy: float
    gained: int
    lost: int
    bytes: int
    context_bytes: int


@dataclass(frozen=True)
class OneShotAccuracy:
    """A network compressed without training and without data.

    Attributes:
        schema: name and version of the JSON layout.
        environment: where and by what it was measured.
        network: SHA-256 of the checkpoint, 16 hexadecimal digits.
        dataset: the file of the images.
        images: how many it has.
        parameters: number of trained parameters.
        mantissa: bits of mantissa that are kept of what is not quantized.
        accuracy: of the network as it was.
        points: finest first.
    """

    schema: str
    environment: Environment
    network: str
    dataset: Dataset
    images: int
    parameters: int
    mantissa: int
    accuracy: float
    points: tuple[Point, ...]


def one_shot_table(measured: OneShotAccuracy) -> str:
    """One row a step; factors are of float32 bytes of the trained parameters alone over those of the file."""
    columns = (
        "step",
        "accuracy",
        "points from the original",
        "factor (file)",
        "bytes (file)",
        "factor (file, contexts)",
        "bytes (file, contexts)",
    )
    rows = [_row(point, measured) for point in measured.points]
    return markdown(columns, [("original", f"{measured.accuracy:.2%}", "", "", "", "", ""), *rows])


def _row(point: Point, measured: OneShotAccuracy) -> tuple[str, ...]:
    gap = difference_of(measured.images, point.gained, point.lost)
    values = 4 * measured.parameters
    return (
        f"{point.step:g}",
        f"{point.accuracy:.2%}",
        f"{100 * gap.mean:+.2f} ± {100 * gap.half_width:.2f}",
        f"{values / point.bytes:.2f}",
        f"{point.bytes:,}",
        f"{values / point.context_bytes:.2f}",
        f"{point.context_bytes:,}",
    )
