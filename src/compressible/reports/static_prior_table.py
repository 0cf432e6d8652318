"""Table 2 of depthwise quantization: codebooks of slices of the channels against codebooks of runs of positions.

    folders of finished runs ──► results/static_prior.json: one entry a run ──► table, one row a cut and number of codes

Fostiropoulos & Boehm 2022, table 2, on features of VGG-16: L = 7 codebooks, d = 74, 10 runs. The error there, whose
norm is not stated, grows with K, which that of converged codebooks cannot do. The unit of the entropy is not stated in
the table either; elsewhere in the paper it is nats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import mean, stdev

from compressible.reports.schema import load
from compressible.reports.static_prior import StaticPriorRecord
from compressible.reports.tables import markdown
from compressible.run_files import EVALUATION

LABELS = {"space": "runs of positions", "channel": "slices of channels"}
"""What a codebook is of, by axis, in the order of the published table."""


@dataclass(frozen=True)
class Published:
    """A row of the published table, which has no mutual information."""

    axis: str
    codes: int
    error: float
    entropy: float


PUBLISHED = (
    Published("space", 32, 0.192, 1.98),
    Published("channel", 32, 0.184, 2.53),
    Published("space", 1024, 0.523, 3.64),
    Published("channel", 1024, 0.480, 3.99),
)


@dataclass(frozen=True)
class Entry:
    """One run; see ``StaticPriorRecord``.

    Attributes:
        extractor: what the network is called.
        network: hash of the network's file.
        layer: whose output was quantized.
        dataset: SHA-256 of the data that was measured on.
        images: how many these are.
        axis: what was cut.
        codes: K.
        seed: of the run.
        commit: of the code that measured.
        error: mean squared error of an entry.
        relative_error: the same over the variance.
        entropy_bits: mean over the codebooks.
        usage: likewise, share of the codes that occur.
        plug_in: mean mutual information of two codebooks, in bits.
        corrected: the same after Miller and Madow.
        null: the same of shuffled codes.
        settling: change of the training error from the last tenth of the steps but one to the last, as a share.
    """

    extractor: str
    network: str
    layer: str
    dataset: str
    images: int
    axis: str
    codes: int
    seed: int
    commit: str | None
    error: float
    relative_error: float
    entropy_bits: float
    usage: float
    plug_in: float
    corrected: float
    null: float
    settling: float


def entry_of(record: StaticPriorRecord) -> Entry:
    """What the table needs of a run."""
    before, last = record.course[-2:][0], record.course[-1]
    return Entry(
        extractor=record.extractor,
        network=record.network,
        layer=record.layer,
        dataset=record.dataset.sha256,
        images=record.images,
        axis=record.axis,
        codes=record.codes,
        seed=record.seed,
        commit=record.environment.commit,
        error=record.error,
        relative_error=record.relative_error,
        entropy_bits=record.mean_entropy_bits,
        usage=mean(record.usage),
        plug_in=record.shared.mean_plug_in,
        corrected=record.shared.mean_corrected,
        null=record.shared.mean_null,
        settling=last / before - 1 if before else 0.0,
    )


def read_entries(runs: Sequence[Path]) -> tuple[Entry, ...]:
    """Of the folders of finished runs, in the order of the table.

    Raises:
        SchemaError: a record is not readable.
        ValueError: they are not runs of one network on one test set, or one is there twice.
    """
    records = [load(run / EVALUATION, StaticPriorRecord) for run in runs]
    for run, record in zip(runs, records, strict=True):
        if "held out" in record.dataset.name:
            raise ValueError(f"{run} was measured on {record.dataset.name}, which is for choosing")
    entries = sorted(map(entry_of, records), key=lambda e: (e.codes, list(LABELS).index(e.axis), e.seed))
    if len({(entry.network, entry.layer, entry.dataset, entry.images) for entry in entries}) > 1:
        raise ValueError("these are runs of different networks, or on different images")
    if len({(entry.codes, entry.axis, entry.seed) for entry in entries}) < len(entries):
        raise ValueError("a run is there twice")
    return tuple(entries)


def table(entries: Sequence[Entry]) -> str:
    """One row a cut and K; means over the runs, with standard deviations from run to run."""
    columns = (
        "a codebook of",
        "K",
        "error (published)",
        "entropy, nats (published)",
        "squared error",
        "squared error / variance",
        "entropy, bits",
        "entropy, nats",
        "codes in use",
        "shared by two, bits",
        "shared (Miller-Madow)",
        "shared (shuffled)",
        "error in the last tenth",
        "runs",
    )
    rows: list[tuple[str, ...]] = []
    for codes in sorted({entry.codes for entry in entries}):
        for axis in LABELS:
            own = [entry for entry in entries if (entry.codes, entry.axis) == (codes, axis)]
            if own:
                rows.append((LABELS[axis], str(codes), *_published(axis, codes), *_cells(own), str(len(own))))
    return markdown(columns, rows)


def features_sentence(entries: Sequence[Entry]) -> str:
    """What was quantized. Raises ``ValueError`` if there are no entries."""
    if not entries:
        raise ValueError("there are no runs")
    first = entries[0]
    return (
        f"The features are what layer `{first.layer}` of a `{first.extractor}` with weights `{first.network}` leaves "
        f"of {first.images:,} pictures that codes were not fitted to."
    )


def summary(entry: Entry) -> str:
    """What one run shows when it has ended."""
    columns = ("squared error / variance", "entropy, bits", "codes in use", "shared by two, bits", "shuffled, bits")
    numbers = (entry.relative_error, entry.entropy_bits, entry.usage, entry.plug_in, entry.null)
    forms = (".4f", ".3f", ".1%", ".3f", ".3f")
    return markdown(columns, [[format(*pair) for pair in zip(numbers, forms, strict=True)]])


def _published(axis: str, codes: int) -> tuple[str, str]:
    for row in PUBLISHED:
        if (row.axis, row.codes) == (axis, codes):
            return f"{row.error:.3f}", f"{row.entropy:.2f}"
    return "n/a", "n/a"


def _cells(entries: Sequence[Entry]) -> tuple[str, ...]:
    return (
        _spread([entry.error for entry in entries], ".3g"),
        _spread([entry.relative_error for entry in entries], ".4f"),
        _spread([entry.entropy_bits for entry in entries], ".3f"),
        _spread([log(2) * entry.entropy_bits for entry in entries], ".3f"),
        f"{mean(entry.usage for entry in entries):.1%}",
        _spread([entry.plug_in for entry in entries], ".3f"),
        _spread([entry.corrected for entry in entries], ".3f"),
        _spread([entry.null for entry in entries], ".3f"),
        f"{mean(entry.settling for entry in entries):+.2%}",
    )


def _spread(values: Sequence[float], form: str) -> str:
    """Mean and, of several, standard deviation."""
    centre = format(mean(values), form)
    return f"{centre} ± {format(stdev(values), form)}" if len(values) > 1 else centre
