"""Sweeps: many runs, each in a process of its own, that go on where they were cut off.

    sweep file ─► Source ─► Job ─► Launcher ─► process ─► state of the run's folder ─► done, tried again, or failed

What is done is known by the runs' folders alone, so a sweep may be killed at any moment.
"""

from compressible.sweeps.engine import run_sweep
from compressible.sweeps.errors import SweepError
from compressible.sweeps.job import Job, Result
from compressible.sweeps.launcher import Launcher, Process
from compressible.sweeps.plan import plan, training_job
from compressible.sweeps.source import Listed, Source
from compressible.sweeps.sweep_file import Sweep, read_sweep

__all__ = [
    "Job",
    "Launcher",
    "Listed",
    "Process",
    "Result",
    "Source",
    "Sweep",
    "SweepError",
    "plan",
    "read_sweep",
    "run_sweep",
    "training_job",
]
