"""Do a sweep of real trainings in every way there is, and compare: results/sweep_trial.json.

    python scripts/sweep_trial.py --output results/sweep_trial.json

    long runs     by hand, one after another ── as sweeps, in turns of three                 what a sweep costs
    short runs    as a sweep ── killed twice ── through submitit ── through Ray, if it is there    equal models?

A run is experiment=shvq_bundled with another seed and few steps. How many make long ones of a minute depends on the
processor.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter, sleep

from rich.console import Console

from compressible.reports.environment import record_environment
from compressible.reports.schema import load, save
from compressible.reports.sweep_trial import SCHEMA, SweepTrial, Way, join, trial_sentence, trial_table
from compressible.reports.training_record import TrainingRecord
from compressible.runs import State, read_progress, read_status, state_of

RUN = ("experiment=shvq_bundled", "evaluation=none", "data.held_out_crop=64")
TRAIN = (sys.executable, "-m", "compressible.cli.train")
TURN = 3
"""Long runs that are done in one way before the other has its turn."""
SWEEP = (str(Path(sys.executable).with_name("compressible")), "sweep")


@dataclass(frozen=True)
class Trial:
    """The same runs, to be done in some way.

    Attributes:
        folder: where that leaves them.
        seeds: of the runs.
        steps: of each.
        at_once: how many are done at a time.
    """

    folder: Path
    seeds: range
    steps: int
    at_once: int

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which all ways compute with as many threads."""
        threads = max(1, len(os.sched_getaffinity(0)) // self.at_once)
        names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
        return {**os.environ, **{name: str(threads) for name in names}}

    @property
    def settings(self) -> tuple[str, ...]:
        """Of each run."""
        return (*RUN, f"trainer.max_steps={self.steps}", f"paths.outputs={self.folder}")

    def command(self) -> tuple[str, ...]:
        """Of a sweep that does them, whose file is written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "trial.yaml"
        overrides = "\n".join(f"  - {setting}" for setting in self.settings)
        seeds = ", ".join(map(str, self.seeds))
        resources = "submitit: {timeout_min: 60}\nray: {num_cpus: 1}\n"
        file.write_text(f"overrides:\n{overrides}\ngrid:\n  seed: [{seeds}]\n{resources}")
        return (*SWEEP, str(file), f"--jobs={self.at_once}")

    @contextmanager
    def sweep(self, *options: str) -> "Iterator[subprocess.Popen[bytes]]":
        """Start them as a sweep; it has ended after this context, its runs with it unless it was killed."""
        command = (*self.command(), *options)
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()

    def run_by_hand(self) -> None:
        """One command after another."""
        for seed in self.seeds:
            command = (*TRAIN, *self.settings, f"seed={seed}")
            subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def folders(self, state: State) -> list[Path]:
        """Of runs that are in this state."""
        found = (path.parent for path in self.folder.glob("*/*/status.json"))
        return [folder for folder in found if state_of(folder) is state]

    def kill_runs(self) -> None:
        """Kill -9 all that are under way."""
        for folder in self.folders(State.RUNNING):
            status = read_status(folder)
            if status is not None:
                os.kill(status.pid, signal.SIGKILL)

    def models(self) -> tuple[str, ...]:
        """Hashes by seed. Raises ``RuntimeError`` if one is not there."""
        records = [load(path, TrainingRecord) for path in self.folder.glob("*/*/training.json")]
        models = {record.seed: record.model for record in records}
        if missing := [seed for seed in self.seeds if seed not in models]:
            raise RuntimeError(f"{self.folder} has no model of seed {missing[0]}")
        return tuple(models[seed] for seed in self.seeds)


def finish(sweep: "subprocess.Popen[bytes]") -> None:
    """Wait for a sweep that ends well."""
    if code := sweep.wait():
        raise RuntimeError(f"a sweep ended with {code}")


def do_sweep(trial: Trial, *options: str) -> None:
    """Undisturbed."""
    with trial.sweep(*options) as sweep:
        finish(sweep)


def be_killed_twice(trial: Trial) -> None:
    """First with its runs, then alone, so that these go on without it; then start it once more."""
    share = len(trial.seeds) // 3
    try:
        with trial.sweep() as sweep:
            wait_for(
                sweep,
                lambda: len(trial.folders(State.DONE)) >= share and any(map(has_steps, trial.folders(State.RUNNING))),
            )
            sweep.kill()
        trial.kill_runs()
        with trial.sweep() as sweep:
            wait_for(sweep, lambda: len(trial.folders(State.DONE)) >= 2 * share and bool(trial.folders(State.RUNNING)))
            sweep.kill()
        do_sweep(trial)
    finally:
        # If it went otherwise: nobody waits for them.
        trial.kill_runs()


def has_steps(folder: Path) -> bool:
    """Whether a run has come so far that being killed costs it something."""
    progress = read_progress(folder)
    return progress is not None and progress.step > 0


def wait_for(sweep: "subprocess.Popen[bytes]", condition: Callable[[], bool]) -> None:
    """Look every tenth of a second; a sweep that ends before that cannot be killed any more."""
    while not condition():
        if sweep.poll() is not None:
            raise RuntimeError("the sweep ended before it could be killed: take more or longer runs")
        sleep(0.1)


def measure(name: str, trial: Trial, act: Callable[[Trial], None], kills: int = 0) -> Way:
    """Do all runs of a trial. Raises ``RuntimeError`` if one has left no model."""
    start = perf_counter()
    act(trial)
    seconds = perf_counter() - start
    return Way(name, trial.steps, trial.at_once, seconds, kills, trial.models())


def in_turns(folder: Path, runs: int, steps: int) -> tuple[Way, Way]:
    """By hand and as sweeps, so that both see the machine in the same moods."""
    by_hand, swept = [], []
    for first in range(0, runs, TURN):
        seeds = range(first, min(first + TURN, runs))
        by_hand.append(measure("by hand", Trial(folder / f"hand{first}", seeds, steps, 1), Trial.run_by_hand))
        swept.append(measure("sweep", Trial(folder / f"sweep{first}", seeds, steps, 1), do_sweep))
    return join(by_hand), join(swept)


def try_all(folder: Path, runs: int, timed: int, long: int, short: int, console: Console) -> SweepTrial:
    """All ways, one after another."""

    def way(name: str, act: Callable[[Trial], None], kills: int = 0) -> Way:
        console.print(f"{name} ...")
        return measure(name, Trial(folder / name.replace(" ", "_"), range(runs), short, 2), act, kills)

    undisturbed = way("sweep", do_sweep)
    others = [
        way("killed twice", be_killed_twice, kills=2),
        way("submitit", lambda trial: do_sweep(trial, "--on=submitit")),
    ]
    if find_spec("ray") is not None:
        with ray_of(2):
            others.append(way("Ray", lambda trial: do_sweep(trial, "--on=ray")))
    console.print("by hand and as sweeps, in turns ...")
    return SweepTrial(SCHEMA, record_environment(), *in_turns(folder, timed, long), undisturbed, tuple(others))


@contextmanager
def ray_of(workers: int) -> Iterator[None]:
    """A Ray cluster of this machine."""
    start = ("ray", "start", "--head", f"--num-cpus={workers}", "--include-dashboard=false", "--disable-usage-stats")
    subprocess.run((str(Path(sys.executable).with_name(start[0])), *start[1:]), check=True, stdout=subprocess.DEVNULL)
    os.environ["RAY_ADDRESS"] = "auto"
    try:
        yield
    finally:
        del os.environ["RAY_ADDRESS"]
        subprocess.run((str(Path(sys.executable).with_name("ray")), "stop"), check=True, stdout=subprocess.DEVNULL)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=12, help="short ones, in each way")
    parser.add_argument("--timed", type=int, default=12, metavar="RUNS", help="long ones, in both ways")
    parser.add_argument("--long", type=int, default=330, metavar="STEPS", help="of the runs that are timed")
    parser.add_argument("--short", type=int, default=20, metavar="STEPS", help="of the others")
    parser.add_argument("--output", type=Path, help="file for the JSON")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        trial = try_all(Path(folder), chosen.runs, chosen.timed, chosen.long, chosen.short, Console(file=sys.stderr))
    if chosen.output is not None:
        save(chosen.output, trial)
    print(trial_table(trial), trial_sentence(trial), sep="\n")


if __name__ == "__main__":
    main()
