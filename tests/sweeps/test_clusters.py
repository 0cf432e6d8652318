"""The same jobs through submitit and Ray, on this machine."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from compressible.sweeps import Job, Launcher, Listed, SweepError, run_sweep
from compressible.sweeps.sweep_file import RaySettings
from compressible.sweeps.view import View
from small_sweep import job, left, results

ASKED = """
import signal, time
from pathlib import Path
def leave(*_):
    Path('asked').touch()
    raise SystemExit
signal.signal(signal.SIGTERM, leave)
Path('there').touch()
time.sleep(60)
"""
QUEUE = """
import submitit, sys
from pathlib import Path
from compressible.sweeps import Job
from compressible.sweeps.submitit_jobs import SubmititJobs
folder = Path(sys.argv[1])
print(SubmititJobs(folder / 'submitit', 1, {}).start(Job('a', ('true',), folder / 'a', folder)).poll())
"""
FAKES = {
    "srun": "",
    "sbatch": 'grep -o "time=.*" "$1" > limit\n'
    'if [ -e refuse ]; then echo "sbatch: error: no such partition" >&2; exit 1; fi\n'
    'echo "$1" >> submitted; echo PENDING > state; echo "Submitted batch job $(($(wc -l < submitted)))"',
    "sacct": 'echo "JobID|State|NodeList"; echo "$(($(wc -l < submitted)))|$(cat state)|"',
    "scancel": 'echo "$1" >> cancelled; echo "CANCELLED by 0" > state',
}
"""Commands of SLURM, which number jobs from 1 and know how the last one stands: it waits."""


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


def stop(launcher: Launcher, folder: Path) -> None:
    """Ctrl-C asks the job to end, and the sweep ends after it."""
    stopped = interrupt(line("long", ASKED, folder), launcher, folder / "there")
    assert (folder / "asked").exists()
    assert stopped < 10


def interrupt(own: Job, launcher: Launcher, sign: Path) -> float:
    """Stop a sweep once there is a sign; returns how many seconds that takes."""
    begun: list[float] = []

    def show(view: View) -> None:
        if sign.exists():
            begun.append(time.monotonic())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(Listed([own]), launcher, 0, show)
    return time.monotonic() - begun[0]


@pytest.fixture(scope="module")
def ray_workers() -> Iterator[None]:
    """Ray with two workers."""
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    yield
    ray.shutdown()


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a SLURM of its own."""
    pytest.importorskip("submitit")
    for name, script in FAKES.items():
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_submitit(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    from compressible.sweeps.submitit_jobs import SubmititJobs

    sweep(SubmititJobs(tmp_path / "submitit", 3, {"timeout_min": 1}), tmp_path)


def test_a_worker_of_submitit_that_is_lost(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    from compressible.sweeps.submitit_jobs import SubmititJobs

    lose(SubmititJobs(tmp_path / "submitit", 1, {"timeout_min": 1}), tmp_path)


def test_a_sweep_through_submitit_that_is_stopped(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    from compressible.sweeps.submitit_jobs import SubmititJobs

    stop(SubmititJobs(tmp_path / "submitit", 1, {"timeout_min": 1}), tmp_path)


@pytest.mark.parametrize(
    ("parameters", "words"), [({"timeout_minutes": 1}, "timeout_minutes"), ({"nodes": 2}, "only one node")]
)
def test_a_parameter_that_submitit_does_not_know(parameters: dict[str, int], words: str, tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    from compressible.sweeps.submitit_jobs import SubmititJobs

    with pytest.raises(SweepError, match=words):
        SubmititJobs(tmp_path, 1, parameters)


def test_a_job_that_slurm_refuses(slurm: Path) -> None:
    from compressible.sweeps.submitit_jobs import SubmititJobs

    (slurm / "refuse").touch()
    launcher = SubmititJobs(slurm / "submitit", 1, {})
    with pytest.raises(SweepError, match=r"the cluster takes no job: sbatch: error: no such partition$"):
        run_sweep(Listed([job(slurm, "a")]), launcher, retries=1)


@pytest.mark.parametrize(
    ("parameters", "limit"),
    [({}, 24 * 60), ({"timeout_min": 30}, 30), ({"slurm_time": 20}, 20), ({"slurm_timeout_min": 10}, 10)],
)
def test_a_job_has_a_day_unless_the_file_says_otherwise(parameters: dict[str, int], limit: int, slurm: Path) -> None:
    """Not submitit's five minutes, in which no run gets to a checkpoint."""
    from compressible.sweeps.submitit_jobs import SubmititJobs

    SubmititJobs(slurm / "submitit", 1, parameters).start(job(slurm, "a"))
    assert (slurm / "limit").read_text() == f"time={limit}\n"


def test_without_a_queue_there_is_one_run_at_a_time(slurm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from compressible.sweeps.submitit_jobs import SUBMITTED, SubmititJobs

    assert SubmititJobs(slurm / "submitit", None, {}).slots == SUBMITTED
    assert SubmititJobs(slurm / "submitit", 7, {}).slots == 7
    monkeypatch.setattr("submitit.AutoExecutor.which", lambda self: "local")
    assert SubmititJobs(slurm / "submitit", None, {}).slots == 1
    assert SubmititJobs(slurm / "submitit", 3, {}).slots == 3


def test_a_job_that_waits_in_the_queue_is_not_submitted_again(slurm: Path) -> None:
    """By a sweep after one that was killed; what has ended is."""

    def start() -> str:
        done = subprocess.run([sys.executable, "-c", QUEUE, str(slurm)], capture_output=True, text=True, check=True)
        return done.stdout

    assert start() == "None\n", "it waits"
    for state, count in (("PENDING", 1), ("RUNNING", 1), ("TIMEOUT", 2)):
        (slurm / "state").write_text(state)
        assert start() == "None\n"
        assert len((slurm / "submitted").read_text().splitlines()) == count


def test_a_sweep_that_is_stopped_takes_its_jobs_out_of_the_queue(slurm: Path) -> None:
    from compressible.sweeps.submitit_jobs import SubmititJobs

    launcher = SubmititJobs(slurm / "submitit", 1, {})
    assert interrupt(job(slurm, "a"), launcher, slurm / "submitted") < 10
    assert (slurm / "cancelled").read_text() == "1\n"


def test_ray(ray_workers: None, tmp_path: Path) -> None:
    from compressible.sweeps.ray_tasks import RayTasks

    launcher = RayTasks(RaySettings())
    assert launcher.slots == 2
    sweep(launcher, tmp_path)


def test_a_worker_of_ray_that_is_lost(ray_workers: None, tmp_path: Path) -> None:
    from compressible.sweeps.ray_tasks import RayTasks

    lose(RayTasks(RaySettings()), tmp_path)


def test_a_sweep_through_ray_that_is_stopped(ray_workers: None, tmp_path: Path) -> None:
    from compressible.sweeps.ray_tasks import RayTasks

    stop(RayTasks(RaySettings()), tmp_path)


def test_a_ray_cluster_without_room(ray_workers: None) -> None:
    from compressible.sweeps.ray_tasks import RayTasks

    with pytest.raises(SweepError, match="2 CPUs and 0 GPUs, and a run is to have 1 and 1"):
        RayTasks(RaySettings(num_gpus=1))
