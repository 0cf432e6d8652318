"""Sweeps of stand-ins, in this process and as a program that can be killed.

python small_sweep.py FOLDER JOBS STEPS [search]
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compressible.atomic import write_bytes_atomic
from compressible.sweeps import Job, Listed, Source, run_sweep
from compressible.sweeps.processes import Processes, Slot
from compressible.sweeps.sweep_file import Dimension, SearchSettings
from counting import chain

COUNTING = Path(__file__).with_name("counting.py")
SPACE = {"x": Dimension(low=-1.0, high=1.0), "kind": Dimension(choices=["a", "b"]), "n": Dimension(low=1, high=9)}


def job(folder: Path, seed: str, steps: int = 5, failures: int = 0, lifetime: int = 10**9) -> Job:
    arguments = (str(folder / seed), str(steps), seed, str(failures), str(lifetime))
    return Job(f"seed={seed}", (sys.executable, str(COUNTING), *arguments), folder / seed, folder)


def results(jobs: int, steps: int) -> dict[str, str]:
    """What an undisturbed sweep leaves, known without running any."""
    return {str(i): chain(str(i), steps) for i in range(jobs)}


def left(folder: Path) -> dict[str, str]:
    """What a sweep has left."""
    return {path.parent.name: path.read_text() for path in folder.glob("*/result")}


def search(folder: Path, trials: int, steps: int) -> Source:
    """A search for the least of a known function, by stand-ins."""
    from compressible.sweeps.search import Search

    asked = folder / "asked.json"

    def make(values: Mapping[str, Any]) -> Job:
        made = job(folder, hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:8], steps)
        known = json.loads(asked.read_text()) if asked.exists() else {}
        write_bytes_atomic(asked, json.dumps(known | {made.folder.name: dict(values)}).encode())
        return made

    def measure(done: Job) -> float:
        values = json.loads(asked.read_text())[done.folder.name]
        return (values["x"] - 0.3) ** 2 + (values["kind"] == "a") + abs(values["n"] - 4)

    return Search(folder / "study.db", SearchSettings("distance", trials, SPACE), make, measure)


if __name__ == "__main__":
    where, number, length = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    if sys.argv[4:] == ["search"]:
        run_sweep(search(where, number, length), Processes([Slot(1)]), retries=1)
    else:
        run_sweep(Listed([job(where, str(i), length) for i in range(number)]), Processes([Slot(1)] * 3), retries=1)
