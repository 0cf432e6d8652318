"""DQ, table 1 and section 5.2: bits per dimension of CIFAR-10 and of small ImageNet.

Fostiropoulos & Boehm 2022. Their bits per dimension are those of the decoder, given the codes; those of the models
beside them are whole likelihoods, or bounds of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from compressible.reports.autoencoding_table import LABELS, Entry
from compressible.reports.paired import change
from compressible.reports.reproduction.comparison import Comparison, Line, Measured, Quantity
from compressible.reports.reproduction.depthwise_runs import (
    LEVELS,
    OURS,
    RIVAL,
    ROWS,
    TRAIN,
    collect,
    load,
    origins,
    over_runs,
)
from compressible.reports.reproduction.target import Part, Reproduction, Target
from compressible.reports.verdict import Better


@dataclass(frozen=True)
class DataSet:
    """A column of table 1.

    Attributes:
        label: in the paper.
        files: what the names of our copies begin with.
        decoder: bits per dimension of DQ-AE, published.
        rival: the best of the others there, in bits per dimension with everything in it.
        rival_name: its name.
        command: that trains DQ-AE on it.
    """

    label: str
    files: tuple[str, ...]
    decoder: float
    rival: float
    rival_name: str
    command: str


_LEVELS = f"{TRAIN} row={OURS} model.levels=3 name=dq_levels"
DATASETS = (
    DataSet("CIFAR-10", ("cifar",), 2.52, 2.80, "Sparse Transformer and VD-VAE", _LEVELS),
    DataSet(
        "ImageNet-32",
        ("imagenet32",),
        3.12,
        3.77,
        "Image Transformer",
        f"{_LEVELS}_imagenet32 data=downsampled_imagenet data.root=data/imagenet32",
    ),
    DataSet(
        "ImageNet-64",
        ("imagenet64",),
        2.89,
        3.44,
        "Sparse Transformer",
        f"{_LEVELS}_imagenet64 data=downsampled_imagenet data.root=data/imagenet64",
    ),
)
ONE_LEVEL = {OURS: 3.14, RIVAL: 4.36}
"""Section 5.2: bits per dimension of the decoder on CIFAR-10, with one level."""
SHARE = 0.02
"""Of the published bits by which ours may be above."""
DECODER = Quantity("decoder, bits/dim", ".3f", Better.LOWER)
TOTAL = Quantity("decoder and codes, bits/dim", ".3f", Better.LOWER)
CHANGE = Quantity("decoder bits of DQ against it, %", "+.1f", Better.LOWER)
RULES = (
    f"Bits may be {SHARE:.0%} above the paper's.",
    "With the codes counted, ours must be no more than the best likelihood that the paper compares itself with.",
)
RULES_ONE_LEVEL = (
    f"Bits may be {SHARE:.0%} above the paper's.",
    "A change is reproduced if it is at least the published one, and partly if it has its sign.",
)
DIFFERED = (
    "With budget=cpu the networks are a tenth of the paper's and train for less than an epoch instead of 200, "
    "with Muon.",
    "The paper's bits leave the codes out; counted here, under the frequencies of the training images' codes, they "
    "make a number that may be compared with likelihoods.",
    "The test set is read once, at the end; the paper's code chooses checkpoints on it.",
)
DIFFERED_ONE_LEVEL = (
    *DIFFERED,
    "VQ-VAE is the paper's, whose codebooks all see one vector; the others have as many bits and are ours.",
)


def read(results: Path) -> Reproduction:
    """From the gathered runs, if they are there."""
    entries = load(results, LEVELS, ROWS)
    flat = [entry for entry in load(results, ROWS) if len(entry.result.levels) == 1]
    first = Comparison(
        "dq-table1",
        "DQ (Fostiropoulos & Boehm 2022), table 1: bits per dimension",
        tuple(line for dataset in DATASETS for line in _lines(dataset, _of(entries, dataset))),
        RULES,
        DIFFERED,
        origins(results, LEVELS, ROWS),
    )
    second = Comparison(
        "dq-section52",
        "DQ (Fostiropoulos & Boehm 2022), section 5.2: one level on CIFAR-10",
        tuple(_one_level(flat)),
        RULES_ONE_LEVEL,
        DIFFERED_ONE_LEVEL,
        origins(results, ROWS),
    )
    missing = [
        Part(f"{dataset.label}, 3 levels", dataset.command)
        for dataset in DATASETS
        if not [entry for entry in _of(entries, dataset) if len(entry.result.levels) == 3]
    ]
    missing += [
        Part(f"{LABELS[row]}, one level", f"{TRAIN} row={row}")
        for row in LABELS
        if row not in {entry.row for entry in flat}
    ]
    return Reproduction((first, second), tuple(missing), {})


def _of(entries: Sequence[Entry], dataset: DataSet) -> list[Entry]:
    """DQ-AEs on a data set."""
    return [e for e in entries if e.row.startswith(OURS) and e.result.dataset.name.startswith(dataset.files)]


def _lines(dataset: DataSet, entries: Sequence[Entry]) -> Iterator[Line]:
    """For each arm, or one that says that there is none."""
    arms = {entry.row: len(entry.result.levels) for entry in entries}
    for arm, levels in sorted(arms.items(), key=lambda pair: -pair[1]):
        own = [entry for entry in entries if entry.row == arm]
        millions = own[0].result.parameters / 1e6
        subject = f"{dataset.label}: {levels} level{'s' * (levels > 1)}, {millions:.1f}M parameters"
        decoder = over_runs(own, lambda result: result.scores.decoder_bits)
        if decoder is None:
            continue
        yield DECODER.line(subject, dataset.decoder, decoder, SHARE * dataset.decoder)
        total = over_runs(own, lambda result: result.total_bits)
        yield TOTAL.line(f"{subject}; paper: {dataset.rival_name}", dataset.rival, total, 0.0)
    if not arms:
        yield DECODER.line(dataset.label, dataset.decoder, None)


def _one_level(entries: Sequence[Entry]) -> Iterator[Line]:
    """Bits of the two that the paper has, then DQ against every other."""
    for row, published in ONE_LEVEL.items():
        own = over_runs([entry for entry in entries if entry.row == row], lambda result: result.scores.decoder_bits)
        yield DECODER.line(LABELS[row], published, own, SHARE * published)
    published = 100 * (ONE_LEVEL[OURS] / ONE_LEVEL[RIVAL] - 1)
    yield CHANGE.change(LABELS[RIVAL], published, _change(entries, RIVAL))
    for row in LABELS:
        found = _change(entries, row)
        if found is not None and row not in ONE_LEVEL:
            yield CHANGE.line(f"{LABELS[row]} (ours)", None, found)


def _change(entries: Sequence[Entry], rival: str) -> Measured | None:
    """In percent, over seeds that both have."""
    ours, theirs = (
        {e.seed: bits for e in entries if e.row == row and (bits := e.result.scores.decoder_bits) is not None}
        for row in (OURS, rival)
    )
    found = change(ours, theirs)
    if found is None:
        return None
    return Measured(100 * found.mean, None if found.half_width is None else 100 * found.half_width, found.seeds)


TARGET = Target(
    "dq-table1",
    "DQ, table 1 and section 5.2: bits per dimension",
    ("compressible sweep dqae_rows budget=cpu", DATASETS[0].command),
    read,
    collect,
)
