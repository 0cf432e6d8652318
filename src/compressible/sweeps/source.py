"""Where a sweep's jobs come from."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence

from compressible.sweeps.job import Job, Result


class Source(ABC):
    """Hands out jobs one after another; what comes next may depend on how others came out.

    Attributes:
        total: jobs there will be.
    """

    total: int

    @abstractmethod
    def next(self) -> Job | None:
        """The next job; None after the last."""

    @abstractmethod
    def settle(self, result: Result) -> None:
        """Hear how a job came out."""

    @abstractmethod
    def known(self) -> list[Job]:
        """The jobs that are certain to come; called before the first is handed out."""

    @abstractmethod
    def conclusion(self) -> str:
        """What the results say all together, in a line, if anything."""


class Listed(Source):
    """Jobs that are known from the start.

    Args:
        jobs: in their order.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.total = len(jobs)
        self._waiting = deque(jobs)

    def next(self) -> Job | None:
        """The next in order."""
        return self._waiting.popleft() if self._waiting else None

    def settle(self, result: Result) -> None:
        """Nothing follows from it."""

    def known(self) -> list[Job]:
        """All of them."""
        return list(self._waiting)

    def conclusion(self) -> str:
        """Nothing."""
        return ""
