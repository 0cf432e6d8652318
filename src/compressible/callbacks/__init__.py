"""Callbacks: what is logged, drawn and saved while a task trains."""

from compressible.callbacks.checkpoint import Checkpoint
from compressible.callbacks.codebook_usage import CodebookUsage
from compressible.callbacks.held_out_metrics import HeldOutMetrics
from compressible.callbacks.index_histograms import IndexHistograms
from compressible.callbacks.origin import Origin, check_origin
from compressible.callbacks.progress_record import ProgressRecord
from compressible.callbacks.random_state import RandomState
from compressible.callbacks.rd_point import RDPoint
from compressible.callbacks.reconstructions import RECONSTRUCTIONS, Reconstructions
from compressible.callbacks.run_figures import RunFigures

__all__ = [
    "RECONSTRUCTIONS",
    "Checkpoint",
    "CodebookUsage",
    "HeldOutMetrics",
    "IndexHistograms",
    "Origin",
    "ProgressRecord",
    "RDPoint",
    "RandomState",
    "Reconstructions",
    "RunFigures",
    "check_origin",
]
