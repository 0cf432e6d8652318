"""The figures of the last validation, for the record of a run."""

from collections.abc import Mapping
from typing import Any

import pytorch_lightning as pl


class HeldOutMetrics(pl.Callback):
    """Keeps them through checkpoints: a run may be continued after its last validation.

    Attributes:
        latest: values by the names under which they were logged; empty before the first validation.
    """

    def __init__(self) -> None:
        self.latest: Mapping[str, float] = {}

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Note them."""
        self.latest = {key: float(value) for key, value in trainer.callback_metrics.items() if key.startswith("val/")}

    def state_dict(self) -> dict[str, Any]:
        """What the checkpoint keeps."""
        return {"latest": dict(self.latest)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Inverse of ``state_dict``."""
        self.latest = state_dict["latest"]
