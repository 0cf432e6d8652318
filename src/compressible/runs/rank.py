"""Which of a run's processes this is."""

import os

RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK")
"""Variables in which whoever started several processes tells each its number; the first one that is set counts, as in
Lightning, which takes seconds to import."""


def first_process() -> bool:
    """Whether this is the one process that writes and speaks, known before any trainer is made."""
    return next((os.environ[name] for name in RANKS if name in os.environ), "0") == "0"
