"""Jobs as processes of this machine, each with a slot: a device, or some of the cores."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from compressible.sweeps.job import Job
from compressible.sweeps.launcher import Launcher, Process, start_process


@dataclass(frozen=True)
class Slot:
    """Room for one job.

    Attributes:
        threads: that it computes with.
        device: the GPU that it sees as its only one; None to leave that alone.
    """

    threads: int
    device: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Variables that hold a process to the slot."""
        threads = {name: str(self.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}
        return threads if self.device is None else threads | {"CUDA_VISIBLE_DEVICES": self.device}


def make_slots(jobs: int, threads: int | None, devices: Sequence[str]) -> list[Slot]:
    """Slots that share the cores which this process may use.

    Args:
        jobs: number of slots where no devices are named.
        threads: of each; by default an equal part of the cores.
        devices: one slot each; a device may be named several times.
    """
    count = len(devices) or jobs
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    own = threads or max(1, cores // count)
    return [Slot(own, device) for device in devices] or [Slot(own)] * count


class Processes(Launcher):
    """Processes of this machine.

    Args:
        slots: one for each job that may run at once.
    """

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.slots = len(slots)
        self._free = list(slots)

    def start(self, job: Job) -> Process:
        """Start ``job`` in the first free slot."""
        slot = self._free.pop(0)
        return _LocalProcess(start_process(job, slot.environment), slot, self._free)


class _LocalProcess(Process):
    def __init__(self, process: "subprocess.Popen[bytes]", slot: Slot, free: list[Slot]) -> None:
        self._process = process
        self._slot: Slot | None = slot
        self._free = free

    def poll(self) -> int | None:
        code = self._process.poll()
        if code is not None and self._slot is not None:
            self._free.append(self._slot)
            self._slot = None
        return code

    def stop(self) -> None:
        self._process.terminate()
