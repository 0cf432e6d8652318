"""One process at a time works in a folder; when it dies, however it does, the operating system lets go of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from compressible.instantiate import ConfigError

LOCK = ".lock"
LOOK = ".look"
"""Taken by whoever only looks, or two of them would take each other for somebody at work."""
PATIENCE = 2.0
"""Seconds in which somebody who only looks whether the folder is occupied has done so."""


class OccupiedError(ConfigError):
    """Another process is at work in the folder."""


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Occupy ``folder``. Raises ``OccupiedError`` if another process does."""
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise OccupiedError(f"another process is at work in {folder}") from None
    try:
        yield
    finally:
        lock.release()


def is_occupied(folder: Path) -> bool:
    """Whether a process is at work in ``folder``."""
    path = folder / LOCK
    if not path.exists():
        return False
    lock = FileLock(path)
    with FileLock(folder / LOOK):
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        lock.release()
    return False
