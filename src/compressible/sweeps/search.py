"""A search for the best settings, whose study is stored and continues.

    study ─ask─► settings ─► job ─► figure of held-out data ─tell─► study

A trial whose job failed, or was cut off, stays open in the study; the next start does it again. One whose metric is not
finite has failed for good, and counts.
"""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.study import StudyDirection
from optuna.trial import TrialState

from compressible.reports.schema import load
from compressible.reports.training_record import TrainingRecord
from compressible.run_files import RECORD
from compressible.sweeps.errors import SweepError
from compressible.sweeps.job import Job, Result
from compressible.sweeps.source import Source
from compressible.sweeps.sweep_file import Dimension, SearchSettings


class Search(Source):
    """Asks a tree-structured Parzen estimator for settings (Bergstra et al. 2011).

    What is asked depends on the seed and on the trials told before, not on interruptions; with one job at a time a
    search is therefore the same each time.

    Args:
        path: of the study, an SQLite file; it is made for the first job.
        settings: what is searched.
        make: a job of the settings that were chosen.
        measure: the metric of a job that is done; None if that is not finite.
    """

    def __init__(
        self,
        path: Path,
        settings: SearchSettings,
        make: Callable[[Mapping[str, Any]], Job],
        measure: Callable[[Job], float | None],
    ) -> None:
        self.total = settings.trials
        self._path = path
        self._settings = settings
        self._make = make
        self._measure = measure
        self._space = {name: _distribution(dimension) for name, dimension in settings.space.items()}
        self._trials: dict[Job, list[int]] = {}
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._earlier = deque((trial.number, trial.params) for trial in self._asked())

    def next(self) -> Job | None:
        """Those of earlier starts, then new ones."""
        if self._earlier:
            number, values = self._earlier.popleft()
        elif (count := len(self._asked())) < self.total:
            # Seeded anew each time, so that nothing is lost with the process.
            seed = hashlib.sha256(f"{self._settings.seed} {count}".encode()).digest()[:4]
            self._study.sampler = optuna.samplers.TPESampler(seed=int.from_bytes(seed, "little"))
            trial = self._study.ask(self._space)
            number, values = trial.number, trial.params
        else:
            return None
        job = self._make(values)
        self._trials.setdefault(job, []).append(number)
        return job

    def settle(self, result: Result) -> None:
        """Tell the study. Raises ``SweepError`` if a run that is done has no such metric."""
        number = self._trials[result.job].pop()
        if result.done:
            value = self._measure(result.job)
            state = TrialState.FAIL if value is None else TrialState.COMPLETE
            self._study.tell(number, value, state, skip_if_finished=True)

    def known(self) -> list[Job]:
        """Those of earlier starts."""
        return [self._make(values) for _, values in self._earlier]

    def conclusion(self) -> str:
        """The best settings so far and their metric."""
        if not any(trial.state is TrialState.COMPLETE for trial in self._asked()):
            return ""
        trial = self._study.best_trial
        values = " ".join(f"{name}={value}" for name, value in trial.params.items())
        return f"best of {len(self._asked())}: {values}, with {self._settings.metric} = {trial.value:g}"

    def _asked(self) -> list[optuna.trial.FrozenTrial]:
        """Trials that count; one that was cut off while it was asked for lacks some of its settings."""
        if not self._path.exists():
            return []
        return [own for own in self._study.get_trials(deepcopy=False) if own.params.keys() == self._space.keys()]

    @cached_property
    def _study(self) -> optuna.Study:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return optuna.create_study(
            storage=f"sqlite:///{self._path.absolute()}",
            study_name=self._path.stem,
            direction=StudyDirection[self._settings.direction.upper()],
            load_if_exists=True,
        )


def study_name(name: str, settings: SearchSettings, overrides: list[str]) -> str:
    """Of a sweep's study: more trials continue it, and anything else begins another."""
    deciding = {"overrides": overrides, **{key: value for key, value in asdict(settings).items() if key != "trials"}}
    digest = hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()
    return f"{name}-{digest[:8]}"


def held_out_metric(job: Job, name: str) -> float | None:
    """A figure of the last validation, None if not finite. Raises ``SweepError`` if there is none of that name."""
    metrics = load(job.folder / RECORD, TrainingRecord).held_out_metrics
    if name not in metrics:
        raise SweepError(f"runs have no metric '{name}'; they have {', '.join(metrics) or 'none'}")
    return metrics[name]


def _distribution(dimension: Dimension) -> BaseDistribution:
    low, high = dimension.low, dimension.high
    if dimension.choices:
        return CategoricalDistribution(dimension.choices)
    if isinstance(low, int) and isinstance(high, int):
        return IntDistribution(low, high, log=dimension.log)
    return FloatDistribution(low, high, log=dimension.log)
