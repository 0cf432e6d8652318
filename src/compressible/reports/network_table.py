"""Table 1 of SHVQ: methods of network compression, the published figures beside ours.

    folders of finished runs ──► results/table1.json: one entry a row and seed ──► table

Agustsson et al. 2017, Table 1, whose rows but the first and the last two are those of Choi et al. 2017.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import mean

from compressible.reports.network_accuracy import Accuracy, CodedSize, CompressedAccuracy
from compressible.reports.schema import load
from compressible.reports.tables import markdown

_DEVIATIONS = 1.96
"""Standard deviations to either side that hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class Method:
    """A row of the published table.

    Attributes:
        row: name here.
        label: what is done.
        accuracy: published, in percent.
        factor: published compression factor.
        coder: of the symbols, None for the original.
    """

    row: str
    label: str
    accuracy: float
    factor: float
    coder: str | None


METHODS = (
    Method("original", "original", 92.6, 1.00, None),
    Method("pruned", "pruning", 92.6, 4.52, "sparse"),
    Method("kmeans", "pruning, k-means", 92.6, 18.25, "sparse"),
    Method("hessian_kmeans", "pruning, Hessian-weighted k-means", 92.7, 20.51, "sparse"),
    Method("uniform", "pruning, uniform quantization", 92.7, 22.17, "sparse"),
    Method("ecsq", "pruning, iterative ECSQ", 92.7, 21.01, "sparse"),
    Method("soft_to_hard_huffman", "soft-to-hard, Huffman coding", 92.1, 19.15, "huffman"),
    Method("soft_to_hard", "soft-to-hard, arithmetic coding", 92.1, 20.15, "range"),
)


@dataclass(frozen=True)
class Entry:
    """One run as one method.

    Attributes:
        row: of ``METHODS``.
        seed: of the run.
        accuracy: share of the test images that are classified rightly.
        original_accuracy: that of the network it was made from.
        paper_factor: float32 bits of the trained parameters over those of the paper's accounting.
        file_factor: the same over all bits of the file.
        bytes: of the file.
        context_factor: as ``file_factor`` where the same symbols are coded in their contexts, as in no paper; None
            for the original.
        context_bytes: of that file.
        images: of the test set.
        gained: images that only the compressed network classifies rightly.
        lost: images that only the original does.
    """

    row: str
    seed: int
    accuracy: float
    original_accuracy: float
    paper_factor: float
    file_factor: float
    bytes: int
    context_factor: float | None
    context_bytes: int | None
    images: int
    gained: int
    lost: int


@dataclass(frozen=True)
class Difference:
    """Accuracy less that of the original, both over the same images.

    Attributes:
        mean: over the seeds.
        half_width: of the 95 % interval over draws of test images, from pairs of answers to the same image.
    """

    mean: float
    half_width: float


def original_entry(evaluation: Accuracy, seed: int, parameters: int) -> Entry:
    """The network that all others are made from, with ``parameters`` trained numbers."""
    factor = 4 * parameters / evaluation.bytes
    share, size = evaluation.accuracy, evaluation.bytes
    return Entry("original", seed, share, share, 1.0, factor, size, None, None, evaluation.images, 0, 0)


def compressed_entry(method: Method, evaluation: CompressedAccuracy, seed: int, original: Accuracy) -> Entry:
    """A run that ended in a weight file, as ``method``.

    Raises:
        ValueError: both networks were not evaluated on the same images, or the file was not measured with the coder.
    """
    own = evaluation.measured
    if own.dataset != original.dataset or own.images != original.images:
        raise ValueError(f"{method.row} and the original were evaluated on different images")
    size, context = _size(evaluation, method.coder), _size(evaluation, "context")
    before, after = set(original.mistakes), set(own.mistakes)
    return Entry(
        row=method.row,
        seed=seed,
        accuracy=own.accuracy,
        original_accuracy=original.accuracy,
        paper_factor=size.paper_factor,
        file_factor=size.file_factor,
        bytes=size.bytes,
        context_factor=context.file_factor,
        context_bytes=context.bytes,
        images=own.images,
        gained=len(before - after),
        lost=len(after - before),
    )


def difference(entries: Sequence[Entry]) -> Difference:
    """Of all seeds of a row. An image counts +1, 0 or -1 for each seed, and seeds are taken as if they agreed.

    That they may answer differently can only make the interval of their mean narrower than this one.
    """
    found = [difference_of(entry.images, entry.gained, entry.lost) for entry in entries]
    return Difference(mean(gap.mean for gap in found), mean(gap.half_width for gap in found))


def difference_of(images: int, gained: int, lost: int) -> Difference:
    """Of one network, which has some images more right than the original, and some less."""
    average = (gained - lost) / images
    deviation = sqrt(((gained + lost) / images - average**2) / images)
    return Difference(average, _DEVIATIONS * deviation)


def table(entries: Sequence[Entry]) -> str:
    """One row a method that was run; means over seeds."""
    columns = (
        "method",
        "accuracy (published)",
        "factor (published)",
        "accuracy",
        "points from the original",
        "factor (paper's accounting)",
        "factor (file)",
        "bytes (file)",
        "factor (file, contexts)",
        "bytes (file, contexts)",
        "seeds",
    )
    rows: list[tuple[str, ...]] = []
    for method in METHODS:
        own = [entry for entry in entries if entry.row == method.row]
        if not own:
            continue
        gap = difference(own)
        rows.append(
            (
                method.label,
                f"{method.accuracy:.1f} %",
                f"{method.factor:.2f}",
                f"{mean(entry.accuracy for entry in own):.2%}",
                f"{100 * gap.mean:+.2f} ± {100 * gap.half_width:.2f}" if method.coder else "",
                f"{mean(entry.paper_factor for entry in own):.2f}",
                f"{mean(entry.file_factor for entry in own):.2f}",
                f"{mean(entry.bytes for entry in own):,.0f}",
                *_in_contexts(own),
                str(len(own)),
            )
        )
    return markdown(columns, rows)


def load_entries(path: Path) -> tuple[Entry, ...]:
    """Raises ``SchemaError`` if the file holds anything else."""
    return load(path, tuple[Entry, ...])


def _in_contexts(entries: Sequence[Entry]) -> tuple[str, str]:
    factors = [entry.context_factor for entry in entries if entry.context_factor is not None]
    sizes = [entry.context_bytes for entry in entries if entry.context_bytes is not None]
    return (f"{mean(factors):.2f}", f"{mean(sizes):,.0f}") if sizes else ("", "")


def _size(evaluation: CompressedAccuracy, coder: str | None) -> CodedSize:
    for size in evaluation.coded:
        if size.coder == coder:
            return size
    raise ValueError(f"the file was not measured with {coder} coding")
