"""Jobs as tasks of a Ray cluster, or of Ray on this machine where none is running."""

import logging
import os
import socket
from typing import Any

import ray  # pyright: ignore[reportMissingImports]
from ray.exceptions import RayError  # pyright: ignore[reportMissingImports]

from compressible.sweeps.errors import SweepError
from compressible.sweeps.job import Job
from compressible.sweeps.launcher import Launcher, Process, execute
from compressible.sweeps.sweep_file import RaySettings

PATIENCE = 10.0
"""Seconds in which a cluster answers; Ray itself would try for minutes."""


class RayTasks(Launcher):
    """Tasks of the cluster that ``RAY_ADDRESS`` names.

    Args:
        reserved: for each job.
        slots: tasks that are submitted and not ended at once; by default as many as the cluster has room for.

    Raises:
        SweepError: if there is no such cluster, or it has no room for a single job.
    """

    def __init__(self, reserved: RaySettings, slots: int | None = None) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        if not ray.is_initialized():
            _connect()
        there: dict[str, Any] = ray.cluster_resources()
        wanted = {"CPU": reserved.num_cpus, "GPU": reserved.num_gpus}
        room = min((int(there.get(kind, 0) / amount) for kind, amount in wanted.items() if amount), default=1)
        if room == 0:
            raise SweepError(
                f"the Ray cluster has {there.get('CPU', 0):g} CPUs and {there.get('GPU', 0):g} GPUs, and a run is to "
                f"have {reserved.num_cpus:g} and {reserved.num_gpus:g}"
            )
        self.slots = slots or room
        self._execute = ray.remote(num_cpus=reserved.num_cpus, num_gpus=reserved.num_gpus, max_retries=0)(execute)

    def start(self, job: Job) -> Process:
        """Submit ``job``."""
        return _Task(self._execute.remote(job))


def _connect() -> None:
    address = os.environ.get("RAY_ADDRESS", "")
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        if host and port.isdecimal():
            socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
        ray.init(log_to_driver=False, include_dashboard=False, logging_level=logging.WARNING)
    except (ImportError, OSError, RuntimeError, ValueError, RayError) as error:
        what = f"no Ray cluster answers at {address}" if address else "Ray does not start"
        raise SweepError(f"{what}: {str(error).splitlines()[0]}") from error


class _Task(Process):
    def __init__(self, reference: Any) -> None:
        self._reference = reference

    def poll(self) -> int | None:
        if not ray.wait([self._reference], timeout=0)[0]:
            return None
        try:
            return ray.get(self._reference)
        except RayError:  # cancelled, or its machine gone
            return 1

    def stop(self) -> None:
        ray.cancel(self._reference)
