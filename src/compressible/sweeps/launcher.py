"""Where jobs run: one small interface, and what all launchers do on the machine that a job ends up on."""

import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping

from compressible.sweeps.job import Job

PAUSE = 0.2
"""Seconds between two looks at what is under way."""
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


def start_process(job: Job, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start the job's process on this machine, out of reach of Ctrl-C at the terminal: a second signal ends it at once.

    Args:
        job: the job.
        environment: variables beside those of this process.
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
            start_new_session=True,
        )


def execute(job: Job) -> int:
    """Do the job and return its exit code: what a cluster's worker calls."""
    process = start_process(job, {})
    try:
        # Not in one wait: Ray interrupts a worker between two instructions of Python only.
        while (code := process.poll()) is None:
            time.sleep(PAUSE)
        return code
    except BaseException:
        process.terminate()
        process.wait()
        raise


def last_line(job: Job) -> str:
    """The last thing that the job's processes said."""
    path = job.folder / OUTPUT
    lines = path.read_text(errors="replace").split("\n") if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
