"""The same real trainings in every way there is: what a sweep costs, and whether the models are equal.

scripts/sweep_trial.py ──► results/sweep_trial.json: one entry a way ──► table, one row a way; sentence
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from compressible.reports.environment import Environment
from compressible.reports.tables import markdown

SCHEMA = "compressible-sweep-trial-1"


@dataclass(frozen=True)
class Way:
    """One way to make the runs.

    Attributes:
        name: of it.
        steps: of a run.
        at_once: runs at a time, each with an equal part of the cores.
        seconds: of the wall, all in all.
        kills: how often it was killed.
        models: hash of each run's model, by seed.
    """

    name: str
    steps: int
    at_once: int
    seconds: float
    kills: int
    models: tuple[str, ...]


@dataclass(frozen=True)
class SweepTrial:
    """All ways.

    Attributes:
        schema: version of this record.
        environment: where and when.
        by_hand: the long runs, one command after another.
        swept: the same as a sweep.
        undisturbed: the short runs as a sweep.
        others: the same in other ways.
    """

    schema: str
    environment: Environment
    by_hand: Way
    swept: Way
    undisturbed: Way
    others: tuple[Way, ...]

    @property
    def overhead(self) -> float:
        """Share of time that the sweep takes more than the runs by hand."""
        return self.swept.seconds / self.by_hand.seconds - 1


def join(parts: Sequence[Way]) -> Way:
    """The parts of one way, one after another."""
    models = tuple(model for part in parts for model in part.models)
    return replace(parts[0], seconds=sum(part.seconds for part in parts), models=models)


def trial_table(trial: SweepTrial) -> str:
    """One row a way."""
    header = ("way", "runs", "steps of a run", "at once", "times killed", "seconds", "models as in the first of these")
    rows = [
        (
            way.name,
            str(len(way.models)),
            str(way.steps),
            str(way.at_once),
            str(way.kills),
            f"{way.seconds:.1f}",
            str(sum(own == other for own, other in zip(way.models, first.models, strict=True))),
        )
        for first, ways in ((trial.by_hand, [trial.swept]), (trial.undisturbed, trial.others))
        for way in (first, *ways)
    ]
    return markdown(header, rows)


def trial_sentence(trial: SweepTrial) -> str:
    """What a sweep costs."""
    one = trial.by_hand.seconds / len(trial.by_hand.models)
    longer = 100 * trial.overhead
    by = f"{longer:.1f} % longer" if longer >= 0 else f"{-longer:.1f} % less"
    return f"With runs of {one:.0f} s each, a sweep took {by} than the same runs by hand."
