"""The same jobs through submitit and Ray, on this machine."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_sweep import job, left, results

from compressible.sweeps import Job, Launcher, Listed, SweepError, run_sweep
from compressible.sweeps.sweep_file import RaySettings


def line(label: str, code: str, folder: Path) -> Job:
    """A job that is a line of Python, and leaves nothing."""
    return Job(label, (sys.executable, "-S", "-c", code), folder / label, folder)


def sweep(launcher: Launcher, folder: Path) -> None:
    """One of five jobs fails at first, another is a mistake."""
    wrong = line("wrong", "import sys; print('oh'); sys.exit(2)", folder)
    jobs = [*(job(folder, str(i), failures=int(i == 2)) for i in range(4)), wrong]
    done = {result.job.label: result for result in run_sweep(Listed(jobs), launcher, retries=1)}
    assert left(folder) == results(4, 5)
    assert [done[f"seed={i}"].tries for i in range(4)] == [1, 1, 2, 1]
    assert (done["wrong"].done, done["wrong"].tries, done["wrong"].reason) == (False, 1, "exit code 2: oh")


def lose(launcher: Launcher, folder: Path) -> None:
    """A job takes the worker with it that started it."""
    lost = line("lost", "import os; print('my end', flush=True); os.kill(os.getppid(), 9)", folder)
    (result,) = run_sweep(Listed([lost]), launcher, retries=0)
    assert (result.done, result.tries, result.reason) == (False, 1, "exit code 1: my end")


@pytest.fixture(scope="module")
def ray_workers() -> Iterator[None]:
    """Ray with two workers."""
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    yield
    ray.shutdown()


def test_submitit(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    from compressible.sweeps.submitit_jobs import SubmititJobs

    sweep(SubmititJobs(tmp_path / "submitit", 3, {"timeout_min": 1}), tmp_path)


@pytest.mark.slow
def test_a_worker_of_submitit_that_is_lost(tmp_path: Path) -> None:
    """It takes half a minute to notice."""
    pytest.importorskip("submitit")
    from compressible.sweeps.submitit_jobs import SubmititJobs

    lose(SubmititJobs(tmp_path / "submitit", 1, {"timeout_min": 1}), tmp_path)


def test_a_parameter_that_submitit_does_not_know(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    from compressible.sweeps.submitit_jobs import SubmititJobs

    with pytest.raises(SweepError, match="timeout_minutes"):
        SubmititJobs(tmp_path, 1, {"timeout_minutes": 1})


def test_ray(ray_workers: None, tmp_path: Path) -> None:
    from compressible.sweeps.ray_tasks import RayTasks

    launcher = RayTasks(RaySettings())
    assert launcher.slots == 2
    sweep(launcher, tmp_path)


def test_a_worker_of_ray_that_is_lost(ray_workers: None, tmp_path: Path) -> None:
    from compressible.sweeps.ray_tasks import RayTasks

    lose(RayTasks(RaySettings()), tmp_path)


def test_a_ray_cluster_without_room(ray_workers: None) -> None:
    from compressible.sweeps.ray_tasks import RayTasks

    with pytest.raises(SweepError, match="2 CPUs and 0 GPUs, and a run is to have 1 and 1"):
        RayTasks(RaySettings(num_gpus=1))
