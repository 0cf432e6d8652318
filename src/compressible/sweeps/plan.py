"""All jobs of a grid, each composed before the first is started: a misspelt setting is found in seconds."""

import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compressible.composition import planned_run
from compressible.sweeps.errors import SweepError
from compressible.sweeps.job import Job
from compressible.sweeps.sweep_file import settings_of


def plan(grid: Mapping[str, Sequence[Any]], overrides: Sequence[str]) -> list[Job]:
    """A training for every combination of the grid's values, the last setting's values following one another first.

    Args:
        grid: setting to its values.
        overrides: of all runs.

    Raises:
        SweepError: if two combinations are one run.
        ConfigError: if a budget is asked for with several experiments.
        HydraException: if a run cannot be composed.
        OmegaConfBaseException: likewise.
    """
    combinations = itertools.product(*grid.values())
    jobs = [training_job(dict(zip(grid, values, strict=True)), overrides) for values in combinations]
    seen: dict[Path, Job] = {}
    for job in jobs:
        other = seen.setdefault(job.folder, job)
        if other is not job:
            raise SweepError(f"'{other.label}' and '{job.label}' are one run, in {job.folder}")
    return jobs


def training_job(settings: Mapping[str, Any], overrides: Sequence[str]) -> Job:
    """One training with these settings.

    Raises:
        ConfigError: if a budget is asked for with several experiments.
        HydraException: if it cannot be composed.
        OmegaConfBaseException: likewise.
    """
    own = settings_of(settings)
    arguments = [*overrides, *own]
    run = planned_run(arguments)
    # The process itself may come to another folder: all devices may be others where it is.
    place = settings_of({"hydra.run.dir": str(run.folder)})
    command = (sys.executable, "-m", "compressible.cli.train", *arguments, *place)
    return Job(" ".join(own) or run.folder.name, command, Path.cwd() / run.folder, Path.cwd(), run.outcome)
