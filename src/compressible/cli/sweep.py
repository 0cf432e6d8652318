"""``compressible sweep``: many trainings, one process each, that go on where they were cut off."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from compressible.cli.errors import CommandError
from compressible.exit_codes import FAILED

if TYPE_CHECKING:
    from rich.table import Table

    from compressible.sweeps import Launcher, Result, Source, Sweep

EXAMPLES = """**Examples**

- `compressible sweep shvq_beta --plan`

- `compressible sweep shvq_beta data=clic`

- `compressible sweep ltc_cifar10 trainer=gpu --devices 0,1`

- `compressible sweep my_sweep.yaml --on submitit --jobs 40`"""

WIDTH = 240
"""Of tables that go to a file or a pipe."""


class Place(StrEnum):
    """Where runs may be done."""

    HERE = "here"
    SUBMITIT = "submitit"
    RAY = "ray"


def sweep(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A sweep of configs/sweep, or a .yaml file.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings of all runs, as for train.py.")
    ] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Runs at once. Here: 1.")] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads of each run here. By default a share of the cores.")
    ] = None,
    devices: Annotated[str | None, typer.Option("--devices", help="GPUs here, one run each: 0,1.")] = None,
    retries: Annotated[int, typer.Option("--retries", min=0, help="Further tries of a run that fails.")] = 1,
    on: Annotated[
        Place, typer.Option("--on", help="This machine, a cluster with SLURM, or one with Ray.")
    ] = Place.HERE,
    only_plan: Annotated[bool, typer.Option("--plan", help="Only show the runs and how they stand.")] = False,
) -> None:
    """Do all runs of a sweep; those that are done are left out, those that were cut off go on.

    Each run is a process of its own, in the folder that a single training with its settings would use. Ctrl-C ends the
    runs under way after their next step; whatever ends a sweep, the same command goes on. The exit code is 1 if a run
    failed.
    """
    from compressible.sweeps import SweepError, read_sweep
    from compressible.sweeps.sweep_file import with_settings

    try:
        stem, settings = read_sweep(name)
        settings = with_settings(settings, overrides or [])
        with _explained():
            source = _source(stem, settings)
            if only_plan:
                _print_plan(source)
                return
            launcher = _launcher(on, settings, jobs, threads, _names(devices))
            results = _run(source, launcher, retries)
    except SweepError as error:
        raise CommandError(str(error)) from error
    _print_results(results, source.conclusion())
    if failed := sum(not result.done for result in results):
        raise CommandError(f"{failed} of {len(results)} runs failed", code=FAILED)


def _source(name: str, settings: "Sweep") -> "Source":
    """Where the jobs come from."""
    from compressible.sweeps import Listed, plan, training_job
    from compressible.sweeps.sweep_file import settings_of

    overrides, wanted = settings.overrides, settings.search
    # First, so that a group of the user's own stands.
    grouped = [*settings_of({"group": name}), *overrides]
    if wanted is None:
        return Listed(plan(settings.grid, grouped))
    _need("optuna", "search")
    from compressible.composition import outputs_folder
    from compressible.sweeps.search import Search, held_out_metric, study_name

    # Any values will do to find a misspelt setting before something is started.
    training_job({key: dimension.example for key, dimension in wanted.space.items()}, grouped)
    path = outputs_folder(overrides) / "sweeps" / f"{study_name(name, wanted, overrides)}.db"
    return Search(
        path,
        wanted,
        make=lambda values: training_job(values, grouped),
        measure=lambda job: held_out_metric(job, wanted.metric),
    )


def _launcher(on: Place, settings: "Sweep", jobs: int | None, threads: int | None, devices: list[str]) -> "Launcher":
    if on is not Place.HERE and (threads or devices):
        raise CommandError(f"--threads and --devices are for runs here; with --on {on}, the sweep's file says it")
    match on:
        case Place.SUBMITIT:
            _need("submitit", "slurm")
            from compressible.composition import outputs_folder
            from compressible.sweeps.submitit_jobs import SubmititJobs

            folder = outputs_folder(settings.overrides) / "sweeps" / "submitit"
            return SubmititJobs(folder, jobs, settings.submitit)
        case Place.RAY:
            _need("ray", "ray")
            from compressible.sweeps.ray_tasks import RayTasks

            return RayTasks(settings.ray, jobs)
        case Place.HERE:
            from compressible.sweeps.processes import Processes, make_slots

            if jobs and devices:
                raise CommandError("--devices says how many runs there are at once, so --jobs cannot stand beside it")
            return Processes(make_slots(jobs or 1, threads, devices))


def _names(devices: str | None) -> list[str]:
    names = [] if devices is None else devices.split(",")
    if "" in names:
        raise CommandError(f"--devices takes numbers with commas between them, such as 0,1, and not '{devices}'")
    return names


def _need(package: str, extra: str) -> None:
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise CommandError(f"this needs {package}, which is not installed: pip install 'compressible[{extra}]'")


@contextmanager
def _explained() -> Iterator[None]:
    """Tell in a sentence what is wrong with settings."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from compressible.cli.mistakes import explain
    from compressible.instantiate import ConfigError

    try:
        yield
    except (ConfigError, HydraException, OmegaConfBaseException) as error:
        raise CommandError(explain(error)) from error


def _run(source: "Source", launcher: "Launcher", retries: int) -> "list[Result]":
    from compressible.sweeps import SweepError, run_sweep
    from compressible.sweeps.board import Board

    board = Board()
    try:
        with _signals() as heed, board:
            return run_sweep(source, launcher, retries, board.show, heed)
    except SweepError:
        if board.results:
            _print_results(board.results, "")
        raise


@contextmanager
def _signals() -> Iterator[Callable[[], None]]:
    """Note Ctrl-C, or the SIGTERM of a scheduler, for the function that is returned; a second one ends all at once."""
    came: list[int] = []

    def heed() -> None:
        if came:
            raise KeyboardInterrupt

    def note(number: int, frame: object) -> None:
        heed()
        came.append(number)

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield heed
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _print_plan(source: "Source") -> None:
    from rich.table import Table

    known = source.known()
    table = Table("run", "state", "folder", box=None, pad_edge=False)
    for job in known:
        table.add_row(job.label, job.state(), str(job.folder))
    _print(table)
    if len(known) < source.total:
        print(f"{len(known)} of {source.total} trials are known; the search chooses the others by how these come out")


def _print_results(results: "Sequence[Result]", conclusion: str) -> None:
    from compressible.sweeps.board import summary

    _print(summary(results))
    for result in results:
        if not result.done:
            print(f"{result.job.label} failed: {result.reason}")
    if conclusion:
        print(conclusion)


def _print(table: "Table") -> None:
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)
