"""SHVQ, figure 13 (appendix A.8): the entropy of a network's indices, and their histograms.

Agustsson et al. 2017, section 5: the entropy decays to about 1.6 bits a weight, which the factor of 20 stands for, and
most weights end at a couple of centers. The figure's own numbers are not in the text.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from compressible.reports.index_plot import EntropyRecord, entropy_figure, read_entropy
from compressible.reports.index_records import HISTOGRAMS, IndexRecord
from compressible.reports.network_accuracy import COMPRESSED_ACCURACY
from compressible.reports.reproduction.comparison import Comparison, Line, Measured, Quantity
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.provenance import trained
from compressible.reports.reproduction.shvq_table1 import COMMANDS, KEPT, ORIGINAL, SOFT_TO_HARD
from compressible.reports.reproduction.target import Part, Reproduction, Target, origin
from compressible.reports.schema import load, save
from compressible.reports.training_record import keep_record
from compressible.reports.verdict import Better, Verdict

FILE = "entropy.json"
STATED = 1.6
"""Bits a weight."""
SHARE = 0.05
"""Of these by which ours may be above."""
COUPLE, MOST = 2, 0.5
"""Centers, and the share of the weights that they have at least if they have most."""
RULES = (
    "The entropy must be lower at the end than at the start.",
    f"At the end it may be {SHARE:.0%} above the paper's.",
    f"The {COUPLE} most frequent centers of a codebook must have more than {MOST:.0%} of its weights, and more than at "
    "the start.",
)
DIFFERED = ("Fewer centers, a target below which entropy has no price, and the hard value forward: as in table 1.",)


def read(results: Path) -> Reproduction:
    """From what a run logged, if it is there."""
    path = results / FILE
    record = load(path, EntropyRecord) if path.exists() else None
    training = trained(results / KEPT, lambda own: record is not None and own.name == record.run)
    comparison = Comparison(
        "shvq-fig13",
        "SHVQ (Agustsson et al. 2017), figure 13: indices of the weights during training",
        _lines(record),
        RULES,
        DIFFERED,
        (origin(FILE, training),) if record else (),
    )
    if record is None:
        return Reproduction((comparison,), (Part(ORIGINAL, COMMANDS[ORIGINAL]), Part("soft_to_hard", SOFT_TO_HARD)), {})
    return Reproduction((comparison,), (), {"entropy": partial(entropy_figure, record)})


def collect(runs: Sequence[FinishedRun], results: Path) -> int:
    """What the run logged that has the least seed of those of table 1 with histograms."""
    able = [run for run in runs if run.schema == COMPRESSED_ACCURACY and run.row == "soft_to_hard" and not run.held_out]
    having = sorted((run for run in able if (run.folder / HISTOGRAMS).is_dir()), key=lambda run: run.seed)
    for run in having[:1]:
        save(results / FILE, read_entropy(run.name, run.folder))
        keep_record(run.folder, results / KEPT)
    return len(having[:1])


def _lines(record: EntropyRecord | None) -> tuple[Line, ...]:
    change = Quantity("end less start, bits a weight", "+.2f", Better.LOWER)
    end = Quantity("at the end, bits a weight", ".2f", Better.LOWER)
    share = Quantity(f"in the {COUPLE} most frequent centers, %", ".1f", Better.HIGHER)
    if record is None:
        return (
            change.claim("entropy", "decays", None, Verdict.OPEN),
            end.line("entropy", STATED, None),
            share.claim("weights", "most", None, Verdict.OPEN),
        )
    decay = record.entropy[-1] - record.entropy[0]
    first, last = _condensed(record.moments[0]), _condensed(record.moments[-1])
    return (
        change.claim("entropy", "decays", Measured(decay, None, 1), Verdict.YES if decay < 0 else Verdict.NO),
        end.line("entropy", STATED, Measured(record.entropy[-1], None, 1), SHARE * STATED),
        share.claim("weights", "most", Measured(100 * last, None, 1), _condenses(first, last)),
    )


def _condensed(moment: IndexRecord) -> float:
    """Share of the weights at the most frequent centers of their codebooks."""
    counts = [sorted(vector.counts, reverse=True) for vector in moment.vectors]
    return sum(sum(own[:COUPLE]) for own in counts) / sum(map(sum, counts))


def _condenses(first: float, last: float) -> Verdict:
    return Verdict.YES if last > max(first, MOST) else Verdict.NO


TARGET = Target("shvq-fig13", "SHVQ, figure 13: entropy of a network's indices, and histograms", (), read, collect)
