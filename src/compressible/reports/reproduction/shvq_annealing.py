"""SHVQ, figure 3 (appendix A.4): how sigma and the gap between soft and hard error go.

Agustsson et al. 2017, section 4: sigma grows, and the gap goes to zero. The figure has curves and no numbers.
"""

from collections.abc import Sequence
from functools import partial
from math import inf
from pathlib import Path
from statistics import mean

from compressible.reports.annealing_plot import AnnealingRecord, annealing_figure, gap_steps, read_metrics
from compressible.reports.evaluation import SCHEMA as EVALUATION_SCHEMA
from compressible.reports.logged_values import logged_values
from compressible.reports.reproduction.comparison import Comparison, Line, Measured, Quantity
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.provenance import trained
from compressible.reports.reproduction.shvq_ablations import KEPT, PRETRAINING, run_command
from compressible.reports.reproduction.target import Part, Reproduction, Target, origin
from compressible.reports.schema import load, save
from compressible.reports.training_record import keep_record
from compressible.reports.verdict import Better, Verdict
from compressible.run_files import RECORD

FILE = "annealing.json"
RUN = "vector-1"
GONE, LESS = 0.1, 0.5
"""Shares of the first gap that still count as gone, and as on its way."""
RULES = (
    "Sigma must be larger at the end than at the start.",
    f"The gap, in the mean of its last tenth, is gone at {GONE:.0%} of the first, and partly so at {LESS:.0%}.",
)
DIFFERED = (
    "A small network for some hundred steps after its pre-training; K_G and T, which are not stated, are ours.",
)


def read(results: Path) -> Reproduction:
    """From what a run logged, if it is there."""
    path = results / FILE
    record = load(path, AnnealingRecord) if path.exists() else None
    training = trained(results / KEPT, lambda own: record is not None and own.name == record.run)
    origins = () if record is None else (origin(FILE, training),)
    caption = "SHVQ (Agustsson et al. 2017), figure 3: annealing by the gap"
    comparison = Comparison("shvq-annealing", caption, _lines(record), RULES, DIFFERED, origins)
    if record is None:
        parts = (Part("pretraining", PRETRAINING), Part(RUN, run_command(RUN)))
        return Reproduction((comparison,), parts, {})
    return Reproduction((comparison,), (), {"annealing": partial(annealing_figure, record)})


def collect(runs: Sequence[FinishedRun], results: Path) -> int:
    """What the run logged whose arm the figure shows; another one that logs a gap if it is the only one.

    Raises:
        ValueError: several runs could be meant.
    """
    logging = [run for run in runs if run.schema == EVALUATION_SCHEMA and _logs_a_gap(run)]
    chosen = [run for run in logging if run.name == RUN] or logging
    if len(chosen) > 1:
        raise ValueError(f"several runs log a gap: {', '.join(str(run.folder) for run in chosen)}; name one of them")
    for run in chosen:
        save(results / FILE, read_metrics(run.name, run.folder))
        if (run.folder / RECORD).exists():
            keep_record(run.folder, results / KEPT)
    return len(chosen)


def _logs_a_gap(run: FinishedRun) -> bool:
    return bool(gap_steps(logged_values(run.folder)))


def _lines(record: AnnealingRecord | None) -> tuple[Line, ...]:
    sigma = None if record is None else record.sigma[-1] / record.sigma[0]
    gap = None if record is None else _remaining_gap(record)
    quantity = Quantity("end over start", ".3g", Better.NEITHER)
    return (
        quantity.claim("sigma", "grows", _once(sigma), Verdict.YES if sigma and sigma > 1 else Verdict.NO),
        quantity.claim("gap, hard - soft error", "goes to zero", _once(gap), _shrinking(gap or 0.0)),
    )


def _remaining_gap(record: AnnealingRecord) -> float:
    """Mean of the last tenth over the first."""
    gaps = [hard - soft for hard, soft in zip(record.hard_mse, record.soft_mse, strict=True)]
    return abs(mean(gaps[-max(len(gaps) // 10, 1) :]) / gaps[0]) if gaps[0] else inf


def _shrinking(share: float) -> Verdict:
    if share <= GONE:
        return Verdict.YES
    return Verdict.PARTLY if share <= LESS else Verdict.NO


def _once(value: float | None) -> Measured | None:
    return None if value is None else Measured(value, None, 1)


TARGET = Target("shvq-annealing", "SHVQ, figure 3: sigma and the gap during annealing", (), read, collect)
