"""Callbacks: what is logged, drawn and saved while a task trains."""

from compressible.callbacks.checkpoint import Checkpoint
from compressible.callbacks.random_state import RandomState

__all__ = ["Checkpoint", "RandomState"]
