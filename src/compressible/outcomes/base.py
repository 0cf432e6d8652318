"""The outcome interface: what a finished run leaves behind, besides its checkpoint and its logs.

trained task ──► write ──► one file ──► evaluate ──► evaluation.json, evaluation.md, ...
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compressible.reports.environment import Environment


@dataclass(frozen=True)
class Training:
    """A training that has come to its end.

    Attributes:
        config: plain, resolved configuration.
        environment: where and by what it was run.
        task: the trained LightningModule, on the CPU.
        data: the data module it was trained on, set up.
    """

    config: Mapping[str, Any]
    environment: Environment
    task: Any
    data: Any


class Outcome(ABC):
    """Made before the training, so that what would be missing at its end is missing at its start.

    Attributes:
        suffix: of the file that is written.
    """

    suffix: str

    @abstractmethod
    def check(self) -> None:
        """See that nothing is missing for the evaluation; a data set that can be downloaded is.

        Raises:
            ConfigError: if what is configured does not exist here.
            DataError: if the data set is absent and cannot be downloaded.
        """

    @abstractmethod
    def write(self, training: Training, path: Path) -> str:
        """Write the file, and return a hash that names its contents."""

    @abstractmethod
    def evaluate(self, path: Path) -> None:
        """Evaluate what the file holds and write the results beside it, the tables last if there are any."""
