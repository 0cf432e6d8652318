"""A case whose memory is measured: sent as JSON to a process of its own, which answers with the peaks.

MemoryCase ──► python -m MODULE JSON ──► call_of(case) ──► peaks
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Generic, TypeVar

from benchmarks.memory import peak_bytes, peaks_in_fresh_process

S = TypeVar("S")


@dataclass(frozen=True)
class MemoryCase(Generic[S]):
    """One form of one operation at one size.

    Attributes:
        operation: what is done.
        form: by which form.
        size: to what, a dataclass.
        repetitions: how often.
    """

    operation: str
    form: str
    size: S
    repetitions: int


def peaks_of(module: str, case: MemoryCase[S]) -> list[int]:
    """Peak bytes of each repetition, from a fresh process that runs ``module``."""
    return peaks_in_fresh_process(module, json.dumps(asdict(case)))


def print_peaks(
    argument: str, size: Callable[..., S], call_of: Callable[[MemoryCase[S]], Callable[[], object]]
) -> None:
    """Print the peaks of a case, in bytes, as a JSON list: what ``module`` does.

    Args:
        argument: the case, as ``peaks_of`` sends it.
        size: the sizes' class.
        call_of: the call of a case, its input at hand and everything that allocates once set up.
    """
    fields = json.loads(argument)
    case = MemoryCase(**fields | {"size": size(**fields["size"])})
    call = call_of(case)
    print(json.dumps([peak_bytes(call) for _ in range(case.repetitions)]))
