"""A run's folder always says how the run stands.

    occupy ──► running ──► work ─┬─► done
                                 ├─► interrupted   (it was asked to stop)
                                 └─► failed        (with its traceback)

Whoever is killed leaves ``running`` and no lock, which reads as interrupted.
"""

import os
import platform
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from compressible.reports.environment import Environment
from compressible.reports.schema import save
from compressible.runs.occupation import occupied
from compressible.runs.status import SCHEMA, STATUS, RunStatus, State


class StoppedError(Exception):
    """A run that ended between two steps because it was asked to; its checkpoint is written."""


@contextmanager
def recorded(folder: Path, config_hash: str, environment: Environment) -> Iterator[None]:
    """Be the one process at work in ``folder``, and leave there how that ends.

    Args:
        folder: the run's folder; it exists.
        config_hash: of what decides the run's result.
        environment: where and by what it is run.

    Raises:
        ConfigError: if another process is at work there.
    """
    with occupied(folder):
        begun = RunStatus(SCHEMA, State.RUNNING.value, config_hash, environment, platform.node(), os.getpid())
        save(folder / STATUS, begun)
        try:
            yield
        except (StoppedError, KeyboardInterrupt):
            _end(folder, begun, State.INTERRUPTED)
            raise
        except BaseException:
            _end(folder, begun, State.FAILED, traceback.format_exc())
            raise
        _end(folder, begun, State.DONE)


def _end(folder: Path, begun: RunStatus, state: State, error: str | None = None) -> None:
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    save(folder / STATUS, replace(begun, state=state.value, ended=ended, error=error))
