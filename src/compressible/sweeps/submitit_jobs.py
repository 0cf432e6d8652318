"""Jobs of a cluster through submitit: SLURM where there is one, else processes of this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import submitit
from submitit.core.utils import UncompletedJobError

from compressible.sweeps.errors import SweepError
from compressible.sweeps.job import Job
from compressible.sweeps.launcher import Launcher, Process, execute


class SubmititJobs(Launcher):
    """Jobs that submitit submits.

    Args:
        folder: where it keeps its files, on a disk that all machines share.
        slots: jobs that are submitted and not ended at once.
        parameters: of its executor.

    Raises:
        SweepError: if it does not know one of the parameters.
    """

    def __init__(self, folder: Path, slots: int, parameters: Mapping[str, Any]) -> None:
        self.slots = slots
        self._executor = submitit.AutoExecutor(folder)
        try:
            self._executor.update_parameters(**parameters)
        except (NameError, TypeError, AssertionError) as error:
            raise SweepError(f"submitit: {' '.join(str(error).split())}") from error

    def start(self, job: Job) -> Process:
        """Submit ``job``."""
        return _Submitted(self._executor.submit(execute, job))


class _Submitted(Process):
    def __init__(self, job: "submitit.Job[int]") -> None:
        self._job = job

    def poll(self) -> int | None:
        if not self._job.done():
            return None
        try:
            return self._job.result()
        except UncompletedJobError:  # cancelled, out of time, or its machine gone
            return 1

    def stop(self) -> None:
        self._job.cancel()
