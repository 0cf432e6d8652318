"""The memory a call adds, as the kernel saw it.

    settle ──► give back what is free ──► reset the peak ──► resident = baseline ──► call ──► peak - baseline

Counted are resident pages of the whole process, so nothing that a library allocates on its own is missed. Run it in a
process of its own: what an earlier call left mapped would be used again and not be seen. The kernel keeps these counts
in batches and may be off by some hundred kilobytes.
"""

import ctypes
import gc
import resource
import sys
from collections.abc import Callable
from pathlib import Path

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


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
