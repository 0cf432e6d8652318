"""The memory a call adds, as the kernel saw it.

    settle ──► give back what is free ──► reset the peak ──► resident = baseline ──► call ──► peak - baseline

Counted are resident pages of the whole process, so nothing that a library allocates on its own is missed. Run it in a
process of its own: what an earlier call left mapped would be used again and not be seen. The kernel keeps these counts
in batches and may be off by some hundred kilobytes.
"""

import ctypes
import gc
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")
SCRIPTS = Path(__file__).resolve().parents[1]
RETURN_AT_ONCE = {"MALLOC_MMAP_THRESHOLD_": "65536"}
"""Left alone, glibc holds on to freed tensors the more the longer a process runs (a second call peaked at up to 1.7
times the first); so told it returns them, and a peak is what is alive at once."""


def peaks_in_fresh_process(module: str, argument: str) -> list[int]:
    """What ``module``, run as a program with ``argument``, prints: a JSON list of what ``peak_bytes`` gave there."""
    command = [sys.executable, "-m", module, argument]
    environment = os.environ | RETURN_AT_ONCE
    done = subprocess.run(command, cwd=SCRIPTS, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def peak_bytes(function: Callable[[], object]) -> int:
    """Bytes by which the resident memory peaked above the baseline while ``function`` ran."""
    gc.collect()
    _give_back()
    if not CLEAR.exists():
        return _growth_of_maximum(function)
    CLEAR.write_text("5")  # the peak is now what is resident
    baseline = _status("VmRSS")
    function()
    return max(0, _status("VmHWM") - baseline)


def _growth_of_maximum(function: Callable[[], object]) -> int:
    """The same without Linux: by how much the process outgrew the largest it had ever been."""
    before = _maximum()
    function()
    return _maximum() - before


def _maximum() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _status(key: str) -> int:
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith(f"{key}:"))
    return int(line.split()[1]) * 1024


def _give_back() -> None:
    """Hand free pages of the C heap back, where the C library can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
