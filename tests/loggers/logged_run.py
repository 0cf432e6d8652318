"""Configurations of small runs with loggers."""

from pathlib import Path
from typing import Any

from small_run import configuration

SMOKE = ("experiment=shvq_kodak", "budget=smoke", "task.stages.autoencoder=0")
BUNDLED = {
    "_target_": "compressible.reports.evaluation_plan.EvaluationPlan",
    "dataset": "bundled",
    "root": "/nowhere",
    "families": [],
}
"""An evaluation on pictures that come with the package."""


def with_loggers(photographs: Path, folder: Path, names: tuple[str, ...], *overrides: str) -> dict[str, Any]:
    """A small run whose loggers are those of all these options together, and which evaluates what it made."""
    configs = [
        configuration(photographs, folder, *SMOKE, f"logger={name}", f"logger.{name}.folder={folder}", *overrides)
        for name in names
    ]
    loggers = {key: node for config in configs for key, node in config["logger"].items()}
    return configs[0] | {"logger": loggers, "outcome": configs[0]["outcome"] | {"evaluation": BUNDLED}}
