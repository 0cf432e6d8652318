"""SHVQ, table 1: methods of network compression, on a ResNet-32 for CIFAR-10.

Agustsson et al. 2017, section 5; the rows of pruning are those of Choi et al. 2017.
"""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path

from compressible.reports.network_accuracy import ACCURACY, COMPRESSED_ACCURACY
from compressible.reports.network_runs import ordered, read_entries, rows_of
from compressible.reports.network_table import METHODS, Entry, Method, difference, load_entries
from compressible.reports.reproduction.comparison import Comparison, Line, Measured, Quantity, measured
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.merging import replaced
from compressible.reports.reproduction.provenance import trained
from compressible.reports.reproduction.target import Part, Reproduction, Target, origin
from compressible.reports.schema import save
from compressible.reports.training_record import keep_record
from compressible.reports.verdict import Better

FILE = "table1.json"
KEPT = Path("training") / "table1"
ORIGINAL = "original"
DEVIATIONS = 1.96
"""Standard deviations to either side that hold 95 % of a normal distribution."""
SHARE = 0.05
"""Of the published factor by which ours may be smaller."""
ACCURACY_OF = Quantity("accuracy, %", ".2f", Better.HIGHER)
LOSS = Quantity("points from the original", "+.2f", Better.HIGHER)
FACTOR = Quantity("compression factor", ".2f", Better.HIGHER)
CLUSTERED = ("kmeans", "hessian_kmeans", "uniform", "ecsq")
SOFT_TO_HARD = (
    "python train.py experiment=shvq_resnet32 budget=cpu name=soft_to_hard hydra.run.dir=outputs/soft_to_hard "
    "init_from=outputs/original/last.ckpt"
)
COMMANDS = {
    ORIGINAL: "python train.py experiment=resnet32_cifar10 budget=cpu name=original hydra.run.dir=outputs/original",
    "pruned": "python train.py experiment=pruned_resnet32 budget=cpu name=pruned hydra.run.dir=outputs/pruned "
    "init_from=outputs/original/last.ckpt",
    **{
        row: f"python train.py experiment=clustered_resnet32 budget=cpu row={row} hydra.run.dir=outputs/{row} "
        "init_from=outputs/pruned/last.ckpt"
        for row in CLUSTERED
    },
    "soft_to_hard_huffman": SOFT_TO_HARD,
    "soft_to_hard": SOFT_TO_HARD,
}
"""What makes each row, in an order in which they can be made."""
TOGETHER = (
    COMMANDS[ORIGINAL],
    COMMANDS["pruned"],
    "compressible sweep table1_clustered budget=cpu",
    "compressible sweep table1_soft_to_hard budget=cpu",
)
RULES = (
    "Accuracy may be below the paper's by the half-width of the 95 % interval that draws of as many test images leave; "
    "so may be the points from the original, whose own interval stands beside them.",
    f"The factor, in the paper's accounting, may be {SHARE:.0%} below the paper's.",
)
DIFFERED = (
    "The original is a network of our own.",
    "Rivals are trained for few epochs; numbers of clusters are not stated and are ours.",
    "Soft-to-hard has 31 centers, the hard value forward, most of its loss from the original network, Adam, and no "
    "price below a target rate; the paper has 75 centers, the soft value and SGD.",
    "Factors count centers, scales and coded symbols, as the paper's.",
)


def read(results: Path) -> Reproduction:
    """From the gathered runs, if they are there."""
    path = results / FILE
    entries = load_entries(path) if path.exists() else ()
    lines = [line for method in METHODS for line in _lines(method, [e for e in entries if e.row == method.row])]
    there = {entry.row for entry in entries}
    wanted = {(entry.row, entry.seed) for entry in entries}
    training = trained(
        results / KEPT, lambda record: bool(wanted & {(row, record.seed) for row in rows_of(record.name)})
    )
    comparison = Comparison(
        "shvq-table1",
        "SHVQ (Agustsson et al. 2017), table 1: compression of a ResNet-32 for CIFAR-10",
        tuple(lines),
        RULES,
        (*DIFFERED, *(f"Measured on {images:,} test images." for images in {entry.images for entry in entries})),
        (origin(FILE, training),) if entries else (),
    )
    missing = {command: Part(row, command) for row, command in COMMANDS.items() if row not in there}
    return Reproduction((comparison,), tuple(missing.values()), {})


def collect(runs: Sequence[FinishedRun], results: Path) -> int:
    """All runs that are rows, and the original that they were made from.

    Rows that were gathered before stay, if they were made from the same one.

    Raises:
        SchemaError: a run is not readable.
        ValueError: it is not clear which run is the original, or a row is there twice with one seed.
    """
    compressed = [run for run in runs if run.schema == COMPRESSED_ACCURACY and not run.held_out and rows_of(run.name)]
    if not compressed:
        return 0
    original = _original([run for run in runs if run.schema == ACCURACY and not run.held_out], compressed)
    entries = read_entries(original.folder, [run.folder for run in compressed])
    for run in (original, *compressed):
        keep_record(run.folder, results / KEPT)
    path = results / FILE
    kept = load_entries(path) if path.exists() else ()
    save(path, ordered(replaced(kept, entries, _key)) if kept and kept[0] == entries[0] else entries)
    return 1 + len(compressed)


def _key(entry: Entry) -> tuple[str, int]:
    return entry.row, entry.seed


def _original(candidates: Sequence[FinishedRun], compressed: Sequence[FinishedRun]) -> FinishedRun:
    """The only one, or the only one that a run started from."""
    starts = {part for run in compressed for part in _names_in(run.started_from)}
    chosen = candidates if len(candidates) < 2 else [run for run in candidates if run.folder.name in starts]
    if len(chosen) != 1:
        named = ", ".join(str(run.folder) for run in candidates) or "none"
        raise ValueError(f"which run is the original that the others were made from? There are: {named}")
    return chosen[0]


def _names_in(checkpoint: str | None) -> tuple[str, ...]:
    """What a checkpoint may say of its run: the name of its folder, or its own."""
    return () if checkpoint is None else (Path(checkpoint).parent.name, Path(checkpoint).stem)


def _lines(method: Method, entries: Sequence[Entry]) -> list[Line]:
    accuracy = measured([100 * entry.accuracy for entry in entries])
    interval = _half_width(accuracy.mean / 100, entries[0].images) if accuracy else None
    factor = measured([entry.paper_factor for entry in entries])
    lines = [
        ACCURACY_OF.line(method.label, method.accuracy, accuracy, interval),
        FACTOR.line(method.label, method.factor, factor, SHARE * method.factor),
    ]
    if method.row != ORIGINAL:
        gap = _gap(entries) if entries else None
        lines.insert(1, LOSS.line(method.label, method.accuracy - METHODS[0].accuracy, gap, gap and gap.spread))
    return lines


def _gap(entries: Sequence[Entry]) -> Measured:
    """Points from the original with their 95 % interval."""
    gap = difference(entries)
    return Measured(100 * gap.mean, 100 * gap.half_width, len(entries))


def _half_width(share: float, images: int) -> float:
    """Of the 95 % interval of a share of images, in percent."""
    return 100 * DEVIATIONS * sqrt(share * (1 - share) / images)


TARGET = Target("shvq-table1", "SHVQ, table 1: methods of network compression", TOGETHER, read, collect)
