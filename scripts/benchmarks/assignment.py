"""Time and memory of nearest-center search and soft assignment, against plain forms.

Times are taken in turns in this process, memory in a fresh process a case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from benchmarks.assignment_forms import Size, operations, vectors
from benchmarks.measure import Summary, in_turns, ratios, summarise, summarise_all
from benchmarks.memory_case import MemoryCase, peaks_of

SIZES = (
    Size("scalars, 48 channels, 8 crops of 192 pixels", groups=48, n=8 * 12 * 12, dimension=1, centers=6),
    Size("scalars, 48 channels, one picture of 768 x 512", groups=48, n=48 * 32, dimension=1, centers=6),
    Size("2 x 2 patches, 32 channels, 15 crops of 128 pixels", groups=32, n=15 * 8 * 8, dimension=4, centers=1000),
    Size("2 x 2 patches, 32 channels, one picture of 768 x 512", groups=32, n=48 * 32, dimension=4, centers=1000),
    Size("weights of a network, soft", groups=1, n=464_154, dimension=1, centers=75, spread=1),
    Size("weights of a network, halfway", groups=1, n=464_154, dimension=1, centers=75, spread=30),
    Size("weights of a network, hard", groups=1, n=464_154, dimension=1, centers=75, spread=1000),
)
QUICK_SIZES = (
    Size("tiny vectors", groups=2, n=64, dimension=4, centers=10),
    Size("tiny scalars", groups=1, n=500, dimension=1, centers=75, spread=30),
)
FORMS = "benchmarks.assignment_forms"
"""The program that measures the memory of one of them."""
QUICK_MEMORY = (("soft_forward_backward", QUICK_SIZES[0]),)
"""What the quick form measures the memory of: each takes a process for each of its forms."""


@dataclass(frozen=True)
class Comparison:
    """One operation at one size.

    Attributes:
        operation: what was done.
        size: to which vectors.
        seconds: of each form.
        times_ours: seconds of each other form over ours, turn by turn.
        peak_bytes: most memory that each form held at once beyond its inputs, results included.
    """

    operation: str
    size: Size
    seconds: Mapping[str, Summary]
    times_ours: Mapping[str, Summary]
    peak_bytes: Mapping[str, Summary]


@dataclass(frozen=True)
class Assignment:
    """All operations at all sizes."""

    comparisons: tuple[Comparison, ...]


def benchmark(quick: bool) -> Assignment:
    """Compare the forms of each operation at each size."""
    sizes = QUICK_SIZES if quick else SIZES
    return Assignment(tuple(compare(operation, size, quick) for size in sizes for operation in operations(size)))


def compare(operation: str, size: Size, quick: bool) -> Comparison:
    """Time the forms of ``operation`` in turns, then measure each one's memory."""
    z, centers = vectors(size)
    forms = operations(size)[operation]
    calls = {name: partial(form, z, centers) for name, form in forms.items()}
    seconds = in_turns(calls, repetitions=2 if quick else 25, warm_up=1 if quick else 3)
    measured = forms if not quick or (operation, size) in QUICK_MEMORY else ()
    repetitions = 2 if quick else 5
    cases = {name: MemoryCase(operation, name, size, repetitions) for name in measured}
    peaks = {name: summarise(peaks_of(FORMS, case)) for name, case in cases.items()}
    return Comparison(operation, size, summarise_all(seconds), ratios(seconds, "ours"), peaks)
