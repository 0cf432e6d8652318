"""What a training run was, for the tables that quote its numbers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compressible.reports.environment import Dataset, Environment

SCHEMA = "compressible-training-1"


@dataclass(frozen=True)
class TrainingRecord:
    """One run.

    Attributes:
        schema: name and version of the JSON layout.
        name: of the run.
        environment: where and by what; the command is the one that finished the run.
        config_hash: of everything that decides the result.
        seed: of weights, crops and noise.
        data: training photographs; the held-out ones are part of the folder but were never trained on.
        held_out: names of the held-out photographs, on which every choice was made.
        steps: optimizer steps of this run.
        started_from: checkpoint of another run whose weights it started from, or None.
        wall_seconds: time in training, over all interruptions.
        model: name and hash of the exported model.
        bytes: size of the exported model.
        held_out_metrics: the last validation, by the names under which it was logged.
    """

    schema: str
    name: str
    environment: Environment
    config_hash: str
    seed: int
    data: Dataset
    held_out: tuple[str, ...]
    steps: int
    started_from: str | None
    wall_seconds: float | None
    model: str
    bytes: int
    held_out_metrics: Mapping[str, float]


def config_hash(config: Mapping[str, Any]) -> str:
    """16 hexadecimal digits over a plain configuration, leaving out where it runs and what it logs."""
    deciding = {key: value for key, value in config.items() if key not in ("paths", "logger", "callbacks", "resume")}
    return hashlib.sha256(json.dumps(deciding, sort_keys=True, default=str).encode()).hexdigest()[:16]
