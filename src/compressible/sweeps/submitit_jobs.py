"""Jobs of a cluster through submitit: SLURM where there is one, else processes of this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import submitit
from submitit.core.utils import FailedJobError, FailedSubmissionError, UncompletedJobError

from compressible.atomic import write_bytes_atomic
from compressible.sweeps.errors import SweepError
from compressible.sweeps.job import Job
from compressible.sweeps.launcher import Launcher, Process, execute

NUMBER = "slurm.txt"
"""In the run's folder: number of the last job that was submitted for it."""
A_DAY = 24 * 60
"""Minutes of a job where the sweep's file has no time; submitit's own few would end before the first checkpoint."""
SUBMITTED = 100
"""Runs that may wait in a cluster's queue or run at once."""
WITHOUT_QUEUE = ("local", "debug")
"""Kinds of submitit's executor that start each job at once, on this machine."""
ALIVE = ("PENDING", "RUNNING")
"""States of a job that was submitted and has not ended."""


class SubmititJobs(Launcher):
    """Jobs that submitit submits.

    Args:
        folder: where it keeps its files, on a disk that all machines share.
        slots: jobs that are submitted and not ended at once; by default many, or a single one where there is no queue.
        parameters: of its executor; a cluster's own time stands before ``timeout_min``.

    Raises:
        SweepError: if it does not know one of the parameters.
    """

    def __init__(self, folder: Path, slots: int | None, parameters: Mapping[str, Any]) -> None:
        self._executor = submitit.AutoExecutor(folder)
        self.slots = slots or (1 if self._executor.cluster in WITHOUT_QUEUE else SUBMITTED)
        try:
            self._executor.update_parameters(**{"timeout_min": A_DAY, **parameters})
        except (NameError, TypeError, ValueError, AssertionError) as error:
            raise SweepError(f"submitit: {' '.join(str(error).split())}") from error

    def start(self, job: Job) -> Process:
        """Submit ``job``, unless that has been done and it waits in SLURM's queue. Raises ``SweepError`` if refused."""
        number = job.folder / NUMBER
        if self._executor.cluster == "slurm" and number.exists():
            earlier = submitit.SlurmJob(self._executor.folder, number.read_text())
            if earlier.state in ALIVE:
                return _Submitted(earlier)
        try:
            submitted = self._executor.submit(execute, job)
        except (FailedJobError, FailedSubmissionError) as error:
            raise SweepError(f"the cluster takes no job: {' '.join(str(error).split())}") from error
        if self._executor.cluster == "slurm":
            job.folder.mkdir(parents=True, exist_ok=True)
            write_bytes_atomic(number, submitted.job_id.encode())
        return _Submitted(submitted)


class _Submitted(Process):
    def __init__(self, job: "submitit.Job[int]") -> None:
        self._job = job
        self._stopped = False

    def poll(self) -> int | None:
        # SLURM is asked seldom, up to minutes apart, but for a job that was cancelled.
        if not self._job.done(force_check=self._stopped):
            return None
        # Without a result it was cancelled, out of time, or its machine is gone; submitit would wait for one to appear.
        if not self._job.paths.result_pickle.exists():
            return 1
        try:
            return self._job.result()
        except UncompletedJobError:
            return 1

    def stop(self) -> None:
        self._stopped = True
        self._job.cancel(check=False)
