"""``compressible sweep``: what it shows and refuses, and one sweep of real trainings beside ``train.py -m``."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from command_outcome import Command
from omegaconf import OmegaConf

from compressible.reports.environment import Environment
from compressible.runs import State, recorded, state_of
from compressible.sweeps import Job, Launcher, Listed, Result, Source, SweepError, training_job
from compressible.sweeps.launcher import start_process
from counting import chain
from small_run import composed, write_photographs
from small_sweep import job, left

LIGHT = Environment("test", None, "2020-01-01T00:00:00+00:00", "", 1, "", {})
MULTIRUN = Path(__file__).with_name("multirun.py")
NOWHERE = [
    *("callbacks.checkpoint.folder=a", "callbacks.codebook_usage.folder=b", "callbacks.reconstructions.folder=c"),
    "logger.csv.save_dir=d",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("overrides: [experiment=shvq_kodak]\ngrid: {beta: [0.1, 0.2], seed: [0]}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bogus"], ["'bogus'", "shvq_beta"]),
        (["gone.yaml"], ["gone.yaml"]),
        (["mine.yaml", "betta=1"], ["'betta'"]),
        (["mine.yaml", "quantizer=scaler"], ["'scaler'", "soft_to_hard"]),
        (["mine.yaml", "hydra.run.dir=one"], ["'beta=0.1 seed=0' and 'beta=0.2 seed=0' are one run"]),
        (["mine.yaml", "--jobs", "2", "--devices", "0"], ["--devices", "--jobs"]),
        (["mine.yaml", "--on", "ray", "--threads", "2"], ["--threads", "--on ray"]),
        (["mine.yaml", "--on", "nowhere"], ["nowhere"]),
        (["mine.yaml", "--jobs", "0"], ["--jobs"]),
        (["mine.yaml", "--devices", ""], ["--devices", "0,1"]),
        (["mine.yaml", "--devices", "0,,1"], ["--devices", "'0,,1'"]),
        (["mine.yaml", "resume=false"], ["resume", "no effect"]),
    ],
)
def test_a_mistake(command: Command, folder: Path, arguments: list[str], words: list[str]) -> None:
    command("sweep", *arguments).assert_refused(2, *words)
    assert [path.name for path in folder.iterdir()] == ["mine.yaml"]


@pytest.mark.parametrize(
    ("package", "extra", "options"), [("submitit", "slurm", ["submitit"]), ("ray", "ray", ["ray"])]
)
def test_an_extra_that_is_not_installed(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, package: str, extra: str, options: list[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    command("sweep", "mine.yaml", "--on", *options).assert_refused(2, package, f"pip install 'compressible[{extra}]'")


def test_the_plan_shows_how_runs_stand(command: Command, folder: Path) -> None:
    settings = ["experiment=shvq_kodak", "budget=cpu"]
    done = training_job({"beta": 0.2, "seed": 0}, settings)
    done.folder.mkdir(parents=True)
    with recorded(done.folder, "abc", LIGHT):
        OmegaConf.save(composed([*settings, "beta=0.2", "seed=0", *NOWHERE]), done.folder / "config.yaml")
        (done.folder / "training.json").touch()
    for other, state in (("paths.data=elsewhere", "done"), ("evaluation=none", "interrupted")):
        outcome = command("sweep", "mine.yaml", "budget=cpu", other, "--plan")
        assert outcome.code == 0, outcome
        header, *rows = (line.split() for line in outcome.out.splitlines())
        assert header == ["run", "state", "folder"]
        assert [row[:3] for row in rows] == [["beta=0.1", "seed=0", "new"], ["beta=0.2", "seed=0", state]]
        assert rows[1][3] == str(done.folder)


def test_a_setting_of_all_runs_is_not_varied(command: Command, folder: Path) -> None:
    common = ["experiment=shvq_kodak", "budget=smoke", "beta=0.3"]
    outcome = command("sweep", "mine.yaml", "budget=smoke", "beta=0.3", "--plan")
    assert outcome.code == 0, outcome
    _, *rows = (line.split() for line in outcome.out.splitlines())
    assert rows == [["seed=0", "new", str(training_job({"seed": 0}, common).folder)]]
    one = training_job({}, [*common, "seed=0"]).folder
    assert command("sweep", "mine.yaml", *common, "seed=0", "--plan").out.splitlines()[1].split() == [
        *(one.name, "new", str(one))
    ]


@pytest.mark.parametrize(("own", "group"), [([], "mine"), (["group=others"], "others")])
def test_runs_are_gathered_under_the_sweeps_name(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, own: list[str], group: str
) -> None:
    jobs: list[Job] = []

    def note(source: Source, launcher: Launcher, retries: int) -> list[Result]:
        jobs.extend(source.known())
        return []

    monkeypatch.setattr("compressible.cli.sweep._run", note)
    assert command("sweep", "mine.yaml", "budget=smoke", *own).code == 0
    arguments = [list(job.command[3:]) for job in jobs]
    assert [composed([*own_arguments, *NOWHERE])["group"] for own_arguments in arguments] == [group] * 2
    alone = training_job({"beta": 0.2, "seed": 0}, ["experiment=shvq_kodak", "budget=smoke"])
    assert jobs[1].folder == alone.folder, "the group does not name the run"


@pytest.fixture
def searched(folder: Path) -> Path:
    """A folder with a search in a file."""
    pytest.importorskip("optuna")
    space = "{beta: {low: 0.1, high: 1.0}, seed: {choices: [3, 4]}}"
    settings = f"search: {{metric: val/psnr, trials: 5, space: {space}}}"
    (folder / "best.yaml").write_text(f"overrides: [experiment=shvq_kodak, budget=smoke]\n{settings}\n")
    return folder


def test_the_plan_of_a_search_writes_nothing(command: Command, searched: Path) -> None:
    outcome = command("sweep", "best.yaml", "--plan")
    assert outcome.code == 0, outcome
    assert outcome.out.splitlines()[-1].startswith("0 of 5 trials are known")
    assert sorted(path.name for path in searched.iterdir()) == ["best.yaml", "mine.yaml"]


def test_a_misspelt_setting_of_a_search_is_found_before_anything_starts(command: Command, searched: Path) -> None:
    path = searched / "best.yaml"
    path.write_text(path.read_text().replace("beta", "betta"))
    command("sweep", "best.yaml").assert_refused(2, "'betta'")
    assert sorted(path.name for path in searched.iterdir()) == ["best.yaml", "mine.yaml"]


def test_results_are_shown_though_a_search_cannot_go_on(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a misspelt metric, which the first run shows."""

    class Misspelt(Listed):
        def settle(self, result: Result) -> None:
            raise SweepError("runs have no metric 'val/prsn'")

    source = Misspelt([job(folder, "0", steps=1), job(folder, "1", steps=500)])
    monkeypatch.setattr("compressible.cli.sweep._source", lambda name, settings: source)
    outcome = command("sweep", "mine.yaml", "--jobs", 2)
    assert outcome.code == 2
    assert [line.split()[:2] for line in outcome.out.splitlines()[1:]] == [["seed=0", "done"]]
    assert outcome.err.splitlines()[-1] == "error: runs have no metric 'val/prsn'"
    assert state_of(folder / "1") is not State.RUNNING


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_of_a_start_leaves_no_process_behind(
    number: int, command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes when the process is there and nobody knows it yet; no other one is started."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(own: Job, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        begun.append(start_process(own, environment))
        os.kill(os.getpid(), number)
        return begun[-1]

    monkeypatch.setattr("compressible.sweeps.processes.start_process", start)
    jobs = [job(folder, str(i), steps=500) for i in range(3)]
    monkeypatch.setattr("compressible.cli.sweep._source", lambda name, settings: Listed(jobs))
    before = [signal.getsignal(own) for own in (signal.SIGINT, signal.SIGTERM)]
    assert command("sweep", "mine.yaml", "--jobs", 3).code == 130
    assert [process.poll() is None for process in begun] == [False]
    assert [signal.getsignal(own) for own in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_second_signal_ends_a_sweep_at_once(command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its runs end when they come to it."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(own: Job, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        begun.append(start_process(own, environment))
        return begun[-1]

    def stop(process: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("compressible.sweeps.processes.start_process", start)
    monkeypatch.setattr("compressible.sweeps.processes._LocalProcess.stop", stop)
    monkeypatch.setattr("compressible.sweeps.board.Board.show", lambda board, view: os.kill(os.getpid(), signal.SIGINT))
    monkeypatch.setattr("compressible.cli.sweep._source", lambda name, settings: Listed([job(folder, "0", steps=500)]))
    assert command("sweep", "mine.yaml").code == 130
    assert begun[0].poll() is None
    begun[0].kill()
    begun[0].wait()


@pytest.mark.parametrize("place", ["submitit", "ray"])
def test_on_a_cluster(command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """With stand-ins for trainings."""
    cluster = pytest.importorskip(place)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    jobs = [job(folder, str(i), failures=2 * i) for i in range(2)]
    monkeypatch.setattr("compressible.cli.sweep._source", lambda name, settings: Listed(jobs))
    outcome = command("sweep", "mine.yaml", "--on", place, "--jobs", 2)
    assert left(folder) == {"0": chain("0", 5)}
    assert outcome.code == 1
    assert "seed=1 failed: exit code 1: RuntimeError: bad luck in step 5" in outcome.out
    assert "error: 1 of 2 runs failed" in outcome.err
    if place == "ray":
        cluster.shutdown()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1"])
def test_a_ray_cluster_that_is_not_there(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_ADDRESS", address)
    begun = time.monotonic()
    command("sweep", "mine.yaml", "--on", "ray").assert_refused(2, f"no Ray cluster answers at {address}: ")
    assert time.monotonic() - begun < 20


def test_help_is_light() -> None:
    code = (
        "import sys; from compressible.cli import main; main(['sweep', '--help']);"
        "print([n for n in ('hydra', 'omegaconf', 'optuna', 'ray', 'submitit', 'torch', 'yaml') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_real_trainings(command: Command, folder: Path) -> None:
    """Two runs of a sweep, one process each, are those of a multirun in one process, bit for bit, in folders of the
    same names. A run of the multirun that fails hinders no other, and none finds anything of the one before in memory.
    """
    photographs = write_photographs(folder / "photographs")
    smoke = ["experiment=shvq_kodak", "budget=smoke", "trainer.max_steps=3", f"data.root={photographs}"]
    small = ["data.held_out=3", "~callbacks.progress", f"paths.cache={folder / 'cache'}", "paths.outputs=several"]
    variations = ["trainer.precision=17-bits,32-true", "seed=0,1"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    many = subprocess.run(
        [sys.executable, str(MULTIRUN), "-m", *smoke, *small, *variations],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert many.returncode == 2, many.stderr
    assert [line for line in many.stderr.splitlines() if line.startswith("live")] == ["live 0"] * 4
    errors = [line for line in many.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 3
    assert all("17-bits" in line for line in errors[:2])
    assert errors[2] == "error: 2 of 4 runs failed"
    states = sorted(state_of(path.parent) for path in folder.glob("several/shvq_kodak/*/status.json"))
    assert states == [State.DONE, State.DONE, State.FAILED, State.FAILED]

    (folder / "two.yaml").write_text("grid: {trainer.precision: [32-true], seed: [0, 1]}")
    outcome = command("sweep", "two.yaml", *smoke, *small[:-1], "paths.outputs=single", "--threads", 1, "--jobs", 2)
    assert outcome.code == 0, outcome
    names = {path.parent.name for path in folder.glob("single/shvq_kodak/*/status.json")}
    assert len(names) == 2
    models = [
        (folder / place / "shvq_kodak" / name / "shvq_kodak.cmpw") for name in names for place in ("several", "single")
    ]
    first, same_as_first, second, same_as_second = (path.read_bytes() for path in models)
    assert first == same_as_first
    assert second == same_as_second
    assert first != second
    assert command("sweep", "two.yaml", *smoke, *small[:-1], "paths.outputs=single").err.count("was done before") == 2
