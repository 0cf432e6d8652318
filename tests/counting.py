"""A stand-in for a training: slow, resumable, and short to start.

    python counting.py FOLDER STEPS SEED [FAILURES [LIFETIME]]

Its result is a chain of hashes over its steps, so a step that is left out or done twice shows. It fails in its last
step when it is started for the first time, the second, ... up to ``FAILURES``. A process is killed
after ``LIFETIME`` steps.
"""

import hashlib
import os
import signal
import sys
import time
from pathlib import Path

from compressible.atomic import write_bytes_atomic
from compressible.reports.environment import Environment
from compressible.runs import Progress, recorded, write_progress

STEP = 0.02
EVERY = 5
NOWHERE = Environment("counting", None, "2020-01-01T00:00:00+00:00", "", 1, "", {})


def chain(seed: str, steps: int) -> str:
    """What a run that did every step once ends with."""
    value = seed
    for step in range(steps):
        value = hashlib.sha256(f"{value} {step}".encode()).hexdigest()
    return value


def main(folder: Path, steps: int, seed: str, failures: int = 0, lifetime: int = 10**9) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with recorded(folder, seed, NOWHERE):
        checkpoint = folder / "checkpoint"
        step, value = checkpoint.read_text().split() if checkpoint.exists() else ("0", seed)
        with (folder / "starts").open("a") as starts:
            starts.write(f"{step}\n")
        for done in range(int(step) + 1, steps + 1):
            if done == steps and len((folder / "starts").read_text().split()) <= failures:
                raise RuntimeError(f"bad luck in step {done}")
            value = hashlib.sha256(f"{value} {done - 1}".encode()).hexdigest()
            if done % EVERY == 0:
                write_bytes_atomic(checkpoint, f"{done} {value}".encode())
                write_progress(folder, Progress(done, steps, STEP))
            if done - int(step) == lifetime and done < steps:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(STEP)
        write_bytes_atomic(folder / "result", value.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], *map(int, sys.argv[4:]))
