"""Whatever a user of the training entry point gets wrong is told in one sentence."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_outcome import Command, Outcome
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

from compressible.cli import train
from compressible.data.paths import DataError, DownloadError
from compressible.runs import OccupiedError

SCRIPT = Path(__file__).parents[2] / "train.py"


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Command]:
    """``train.py`` in this process, for mistakes that are found before anything runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
    monkeypatch.setattr(HydraConfig.instance(), "cfg", None)
    GlobalHydra.instance().clear()

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", [str(SCRIPT), *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            train.main()
        captured = capsys.readouterr()
        return Outcome(int(left.value.code or 0), captured.out, captured.err)

    yield call
    GlobalHydra.instance().clear()


def process(folder: Path, *arguments: str) -> Outcome:
    """``train.py`` as a process of its own."""
    environment = {key: value for key, value in os.environ.items() if key != "HYDRA_FULL_ERROR"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,
        env=environment,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["betta=0.2"], ["'betta'"]),
        (["quantizer.centres=5"], ["'quantizer.centres'"]),
        (["task.stages.hrad=0.1"], ["'task.stages.hrad'"]),
        (["hydra.run.dri=here"], ["'hydra.run.dri'"]),
        (["quantiser=scalar"], ["'quantiser'"]),
        (["quantizer=scaler"], ["'scaler'", "residual, scalar, soft_to_hard"]),
        (["ablation=vektor"], ["'vektor'", "no_entropy", "vector"]),
        (["budget=smok"], ["'smok'", "cpu, paper, smoke"]),
        (["budget=cpu,smoke"], ["one experiment and one budget"]),
        (["beta=abc"], ["beta", "'abc'", "Float"]),
        (["seed=1.5"], ["seed", "Integer"]),
        (["resume=maybe"], ["resume", "'maybe'"]),
        (["beta"], ["'beta'", "key=value"]),
        (["beta=[1"], ["'beta=[1'", "key=value"]),
        (["beta=1,2"], ["beta=1,2", "--multirun"]),
        (["~quantizer.centres"], ["'quantizer.centres'"]),
        (["+beta=2"], ["'beta'", "Either remove + prefix"]),
        (["evaluation=null"], ["'evaluation=null'", "kodak_alone, none"]),
        (["quantizer="], ["'quantizer='", "soft_to_hard"]),
        (["--beta=0.1"], ["'--beta=0.1'", "key=value"]),
        (["--config-dir", "nowhere"], ["nowhere"]),
    ],
)
def test_a_mistake_on_the_command_line(command: Command, wrong: list[str], words: list[str], tmp_path: Path) -> None:
    outcome = command(*wrong, "experiment=shvq_kodak")
    outcome.assert_refused(2, *words)
    assert outcome.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_in_an_overlay_names_the_overlay(command: Command, tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "extra.yaml").write_text("# @package _global_\nbetta: 0.2\n")
    command(f"hydra.searchpath=[file://{tmp_path}]", "experiment=extra").assert_refused(2, "experiment/extra", "betta")


@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("--version", 0), ("betta=0.2", 2)])
def test_help_and_mistakes_do_not_wait_for_torch(argument: str, code: int, tmp_path: Path) -> None:
    heavy = ("torch", "pytorch_lightning", "lightning_fabric", "wandb", "matplotlib", "scipy", "numba")
    program = (
        "import atexit, sys; from compressible.cli.train import main;"
        f"atexit.register(lambda: print('imported:', *(n for n in {heavy} if n in sys.modules), file=sys.stderr));"
        "main()"
    )
    command = [sys.executable, "-c", program, "experiment=shvq_kodak", argument]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert done.stderr.splitlines()[-1] == "imported:"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["quantizer=soft_to_hard,scaler"], ["'scaler'", "residual, scalar, soft_to_hard"]),
        (["beta=1,2", "trainer=ddp"], ["sweep"]),
    ],
)
def test_a_mistake_in_a_sweep(wrong: list[str], words: list[str], tmp_path: Path) -> None:
    process(tmp_path, "-m", "experiment=shvq_kodak", *wrong).assert_refused(2, *words)


@pytest.mark.parametrize(("error", "code"), [(OccupiedError, 75), (DownloadError, 69), (DataError, 2)])
def test_what_may_pass_is_no_mistake(
    error: type[Exception], code: int, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep comes again later, and not after a mistake: another process at work, a server that does not answer."""
    from compressible import training

    def refuse(config: object, folder: Path) -> None:
        raise error("this is how it is")

    monkeypatch.setattr(training, "train", refuse)
    command("experiment=shvq_kodak").assert_refused(code, "this is how it is")


def test_missing_photographs_are_told_once_before_other_processes_start(tmp_path: Path) -> None:
    outcome = process(
        tmp_path,
        "experiment=shvq_bundled",
        "data=natural",
        "budget=smoke",
        "trainer=ddp",
        "trainer.accelerator=cpu",
        "trainer.devices=2",
    )
    assert outcome.code == 2
    assert "Traceback" not in outcome.err
    (line,) = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert "data/natural" in line
