"""What a run of weight compression leaves for the figure of its indices: histograms, and the switch to hard weights."""

from dataclasses import dataclass

HISTOGRAMS_SCHEMA = "compressible-index-histograms-1"
SWITCH_SCHEMA = "compressible-switch-1"
HISTOGRAMS = "index_histograms"
"""Folder of a run that holds an ``IndexRecord`` for each moment."""
SWITCH = "switch.json"
"""File of a run that holds its ``SwitchRecord``."""


@dataclass(frozen=True)
class VectorHistogram:
    """How many weights of one vector each center stands for.

    Attributes:
        centers: ascending, before they are multiplied by the scales of the weights.
        counts: weights of each center.
    """

    centers: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class IndexRecord:
    """The hard symbols of all weights at one moment.

    Attributes:
        schema: name and version of the JSON layout.
        step: optimizer steps taken by then.
        entropy: H(p), in bits per weight.
        vectors: one histogram for each codebook.
    """

    schema: str
    step: int
    entropy: float
    vectors: tuple[VectorHistogram, ...]


@dataclass(frozen=True)
class SwitchRecord:
    """How soft the weights still were when they were made hard.

    Attributes:
        schema: name and version of the JSON layout.
        step: the first step with hard weights.
        mean_max_phi: mean over the weights of their largest soft assignment.
        gap: mean squared difference of the weights' soft and hard values, relative to the mean square of the weights.
    """

    schema: str
    step: int
    mean_max_phi: float
    gap: float
