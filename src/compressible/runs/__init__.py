"""What a run's folder says of its run while it runs and after: state, progress, and who is at work in it."""

from compressible.runs.occupation import OccupiedError, is_occupied, occupied
from compressible.runs.progress import Progress, read_progress, write_progress
from compressible.runs.rank import first_process
from compressible.runs.recorded import StoppedError, recorded
from compressible.runs.status import RunStatus, State, read_status, state_of

__all__ = [
    "OccupiedError",
    "Progress",
    "RunStatus",
    "State",
    "StoppedError",
    "first_process",
    "is_occupied",
    "occupied",
    "read_progress",
    "read_status",
    "recorded",
    "state_of",
    "write_progress",
]
