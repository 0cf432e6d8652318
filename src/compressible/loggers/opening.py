"""From the configuration to loggers at work, and their end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pytorch_lightning.loggers import Logger

from compressible.instantiate import instantiate
from compressible.loggers.base import displays
from compressible.reports.training_record import config_hash


@contextmanager
def opened(config: Mapping[str, Any]) -> Iterator[list[Logger]]:
    """The configured loggers; those that show settings show the configuration and its hash. Closed however this ends.

    Args:
        config: plain, resolved configuration of the run.

    Raises:
        ConfigError: if a logger cannot be built or opened.
    """
    loggers = [logger for logger in instantiate(config["logger"]).values() if logger is not None]
    failed = True
    try:
        for display in displays(loggers):
            display.show_settings({**config, "config_hash": config_hash(config)})
        yield loggers
        failed = False
    finally:
        for display in displays(loggers):
            display.close(failed=failed)
