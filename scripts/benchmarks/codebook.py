"""Time and memory of vector quantization, ours and that of vector-quantize-pytorch, and how time grows.

    train, infer, decode at four sizes ──► seconds, in turns ──► powers of N and K nearest to them
                                      └──► peak bytes, a fresh process a case

The package holds a distance for each pair of a vector and a code, several times over, so it sits out the largest size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.codebook_forms import (
    OPERATIONS,
    PACKAGE,
    Size,
    find_package,
    first_codes,
    forms,
    vectors,
    warm_call,
)
from benchmarks.measure import Summary, in_turns, ratios, summarise, summarise_all
from benchmarks.memory_case import MemoryCase, peaks_of
from compressible.reports.tables import markdown

SIZES = (
    Size(vectors=1 << 14, codes=512, dimension=64, repetitions=15),
    Size(vectors=1 << 14, codes=8192, dimension=64, repetitions=3),
    Size(vectors=1 << 18, codes=512, dimension=64, repetitions=3),
    Size(vectors=1 << 18, codes=8192, dimension=64, repetitions=3),
)
QUICK_SIZES = (
    Size(vectors=64, codes=8, dimension=4, repetitions=2),
    Size(vectors=64, codes=32, dimension=4, repetitions=2),
    Size(vectors=256, codes=8, dimension=4, repetitions=2),
)
FORMS = "benchmarks.codebook_forms"
"""The program that measures the memory of one of them."""
QUICK_MEMORY = (("train", "ours", QUICK_SIZES[0]),)
"""What the quick form measures the memory of: each takes a process."""


@dataclass(frozen=True)
class Comparison:
    """One operation at one size.

    Attributes:
        operation: what was done.
        size: to what.
        seconds: of each form.
        times_ours: seconds of the other form over ours, turn by turn.
        peak_bytes: most memory that each form held at once beyond its inputs, results included.
    """

    operation: str
    size: Size
    seconds: Mapping[str, Summary]
    times_ours: Mapping[str, Summary]
    peak_bytes: Mapping[str, Summary]


@dataclass(frozen=True)
class Growth:
    """The law a * N^vectors * K^codes that is nearest to the seconds of one form of one operation.

    Attributes:
        operation: what was done.
        form: by which form.
        vectors: exponent of their number.
        codes: likewise.
    """

    operation: str
    form: str
    vectors: float
    codes: float


@dataclass(frozen=True)
class Agreement:
    """How far two forms do the same, from the same codes, at the first size.

    Attributes:
        differing_symbols: share of vectors for which they choose different codes; the package chooses by float32.
        code_difference: largest difference of an entry of a code after one training pass.
    """

    differing_symbols: float
    code_difference: float


@dataclass(frozen=True)
class CodebookCost:
    """All operations at all sizes.

    Attributes:
        package: version of vector-quantize-pytorch, or why it is not measured.
        agreement: of the package with ours; None if it is not measured.
        comparisons: each operation at each size.
        growth: each form of each operation.
    """

    package: str
    agreement: Agreement | None
    comparisons: tuple[Comparison, ...]
    growth: tuple[Growth, ...]


def benchmark(quick: bool) -> CodebookCost:
    """Compare the forms of each operation at each size."""
    sizes = QUICK_SIZES if quick else SIZES
    comparisons = tuple(compare(operation, size, quick) for size in sizes for operation in OPERATIONS)
    return CodebookCost(find_package().version, agree(sizes[0]), comparisons, grow(comparisons))


def cost_table(cost: CodebookCost) -> str:
    """One row an operation and size: medians, and the ratio of the package to ours turn by turn.

    Where the package is not measured it has n/a.
    """
    header = (
        "operation",
        "N",
        "K",
        "ours, ms",
        f"{PACKAGE.replace('_', '-')} {cost.package}, ms",
        "times ours",
        "quartiles",
        "peak, ours, MiB",
        "peak, theirs, MiB",
    )
    return markdown(header, [_cells(one) for one in cost.comparisons])


def growth_table(cost: CodebookCost) -> str:
    """One row an operation and form: exponents of N and K."""
    named = ((one, "ours" if one.form == "ours" else PACKAGE.replace("_", "-")) for one in cost.growth)
    rows = [(one.operation, name, f"{one.vectors:.2f}", f"{one.codes:.2f}") for one, name in named]
    return markdown(("operation", "form", "exponent of N", "exponent of K"), rows)


def compare(operation: str, size: Size, quick: bool) -> Comparison:
    """Time the forms of ``operation`` in turns, then measure each one's memory."""
    calls = {name: warm_call(operation, make, size) for name, make in forms(size).items()}
    seconds = in_turns(calls, size.repetitions, warm_up=0)
    measured = [name for name in calls if not quick or (operation, name, size) in QUICK_MEMORY]
    cases = {name: MemoryCase(operation, name, size, repetitions=1) for name in measured}
    peaks = {name: summarise(peaks_of(FORMS, case)) for name, case in cases.items()}
    return Comparison(operation, size, summarise_all(seconds), ratios(seconds, "ours"), peaks)


def agree(size: Size) -> Agreement | None:
    """Compare what the package does with what we do, if it is there."""
    made = {name: make(first_codes(size)) for name, make in forms(size).items()}
    if PACKAGE not in made:
        return None
    ours, package = made["ours"], made[PACKAGE]
    z = vectors(size)
    differing = (ours.infer(z) != package.infer(z)).double().mean()
    ours.train(z)
    package.train(z)
    return Agreement(float(differing), float((ours.codes() - package.codes()).abs().max()))


def grow(comparisons: Sequence[Comparison]) -> tuple[Growth, ...]:
    """The growth of each form of each operation, over the sizes it was measured at."""
    seconds: dict[tuple[str, str], dict[Size, float]] = {}
    for one in comparisons:
        for form, summary in one.seconds.items():
            seconds.setdefault((one.operation, form), {})[one.size] = summary.median
    return tuple(Growth(*key, *exponents(medians)) for key, medians in seconds.items())


def exponents(seconds: Mapping[Size, float]) -> tuple[float, float]:
    """Exponents b and c of the law a * N^b * K^c that is nearest to ``seconds``, in least squares of logarithms."""
    factors = np.array([(1, np.log(size.vectors), np.log(size.codes)) for size in seconds])
    _, b, c = np.linalg.lstsq(factors, np.log(list(seconds.values())), rcond=None)[0]
    return float(b), float(c)


def _cells(one: Comparison) -> tuple[str, ...]:
    ratio = one.times_ours.get(PACKAGE)
    return (
        one.operation,
        f"{one.size.vectors:,}",
        f"{one.size.codes:,}",
        *(_median(one.seconds.get(form), 1000) for form in ("ours", PACKAGE)),
        _median(ratio, 1),
        f"{ratio.lower_quartile:.3g} to {ratio.upper_quartile:.3g}" if ratio else "n/a",
        *(_median(one.peak_bytes.get(form), 2**-20) for form in ("ours", PACKAGE)),
    )


def _median(measured: Summary | None, factor: float) -> str:
    if measured is None:
        return "n/a"
    value = factor * measured.median
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
