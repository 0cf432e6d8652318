"""Which outcome a run's folder holds: one training may have several, one after another."""

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from yaml import YAMLError

from compressible.reports.training_record import outcome_hash
from compressible.run_files import RECORD, SETTINGS


def outcome_of(folder: Path) -> str | None:
    """The ``outcome_hash`` of what was completed in ``folder``; None if nothing was that can be read."""
    try:
        made: Any = OmegaConf.to_container(OmegaConf.load(folder / SETTINGS))
        own = outcome_hash(made["outcome"])
    except (OSError, KeyError, TypeError, ValueError, YAMLError):
        return None
    # The record last: who begins to make another outcome removes it before the settings change.
    return own if (folder / RECORD).exists() else None
