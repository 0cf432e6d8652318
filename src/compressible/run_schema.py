"""The top level of a configuration, typed, so that a misspelt key fails at once.

Groups are checked by ``instantiate`` against the signature of what they build; Hydra itself would accept any key that
an overlay adds.
"""

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore


@dataclass
class RunSchema:
    """Keys that a run knows.

    Attributes:
        name: names the run's folder.
        group: where loggers gather runs; those of a sweep have its name.
        seed: seed of weights, crops and noise.
        beta: weight of the rate, for tasks that have one.
        resume: continue from ``last.ckpt`` in the run's folder if it is there.
        init_from: another run's ``last.ckpt``, whose weights this one starts from; its own pre-training is then
            usually left out with ``task.stages.autoencoder=0``.
        calibration_photographs: training photographs over which the exported model's tables are counted.
        outcome: what a finished run leaves, and how that is evaluated.
        evaluation: the final evaluation, whose data set is read once, at the end; null for none.
    """

    name: str = "run"
    group: str = "run"
    seed: int = 0
    beta: float = 0.1
    resume: bool = True
    init_from: str | None = None
    calibration_photographs: int = 200
    evaluation: dict[str, Any] | None = None
    outcome: dict[str, Any] = field(default_factory=dict)
    paths: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    partition: dict[str, Any] = field(default_factory=dict)
    quantizer: dict[str, Any] = field(default_factory=dict)
    rate: dict[str, Any] = field(default_factory=dict)
    annealing: dict[str, Any] = field(default_factory=dict)
    clustering: dict[str, Any] = field(default_factory=dict)
    level: dict[str, Any] = field(default_factory=dict)
    likelihood: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    distortion: dict[str, Any] = field(default_factory=dict)
    optimizer: dict[str, Any] = field(default_factory=dict)
    task: dict[str, Any] = field(default_factory=dict)
    callbacks: dict[str, Any] = field(default_factory=dict)
    logger: dict[str, Any] = field(default_factory=dict)
    trainer: dict[str, Any] = field(default_factory=dict)


def register() -> None:
    """Make the schema known to Hydra under the name that ``configs/train.yaml`` lists first."""
    ConfigStore.instance().store(name="run_schema", node=RunSchema)
