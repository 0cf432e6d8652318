"""What the tests of the command line share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def assert_refused(self, code: int, *words: str) -> None:
        """It failed with this exit code, and one sentence that has these words."""
        assert self.code == code, self
        assert self.err.startswith("error: ")
        assert self.err.count("\n") == 1
        assert len(self.err) < 400
        assert "Traceback" not in self.err
        for word in words:
            assert word in self.err


Command = Callable[..., Outcome]


def pixels(path: Path) -> np.ndarray:
    """What a picture file holds."""
    return np.asarray(Image.open(path).convert("RGB"))
