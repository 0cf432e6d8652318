"""Where jobs run: one small interface, and what all launchers do on the machine that a job ends up on."""

import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping

from compressible.sweeps.job import Job

OUTPUT = "output.log"
"""In the run's folder: what its processes printed, one after another."""


class Process(ABC):
    """A job that was started."""

    @abstractmethod
    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it waits or runs."""

    @abstractmethod
    def stop(self) -> None:
        """Ask it to end; a training does so after the step under way."""


class Launcher(ABC):
    """Starts jobs.

    Attributes:
        slots: jobs that may be under way at once.
    """

    slots: int

    @abstractmethod
    def start(self, job: Job) -> Process:
        """Start ``job``; fewer than ``slots`` are under way."""


def start_process(job: Job, environment: Mapping[str, str], *, own_session: bool) -> "subprocess.Popen[bytes]":
    """Start the job's process on this machine.

    Args:
        job: the job.
        environment: variables beside those of this process.
        own_session: whether Ctrl-C at the terminal is kept from it.
    """
    job.folder.mkdir(parents=True, exist_ok=True)
    with (job.folder / OUTPUT).open("ab") as output:
        return subprocess.Popen(
            job.command,
            cwd=job.cwd,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=own_session,
        )


def execute(job: Job) -> int:
    """Do the job and return its exit code: what a cluster's worker calls."""
    process = start_process(job, {}, own_session=False)
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise


def last_line(job: Job) -> str:
    """The last thing that the job's processes said."""
    path = job.folder / OUTPUT
    lines = path.read_text(errors="replace").split("\n") if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
