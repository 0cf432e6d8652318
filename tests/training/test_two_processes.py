"""Training by two processes on one machine, through the command line as a user starts it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from compressible.codecs.exported import load_model
from small_run import write_photographs
from wandb_files import written_runs

SCRIPT = Path(__file__).with_name("witnessed.py")
STEPS, JOINT, WINDOW = 8, 2, 4


@dataclass(frozen=True)
class Ended:
    """What both processes left behind."""

    done: "subprocess.CompletedProcess[str]"
    folder: Path
    notes: Path

    def state(self, rank: int) -> dict[str, Any]:
        return torch.load(self.notes / f"end_{rank}.pt", weights_only=True)

    def written(self, rank: int) -> list[Path]:
        """Files below the run's folder that this process wrote."""
        paths = [Path(path) for path in json.loads((self.notes / f"written_{rank}.json").read_text())]
        return [path.relative_to(self.folder) for path in paths if path.is_relative_to(self.folder)]


def run(folder: Path, **environment: str) -> Ended:
    write_photographs(folder.parent / "photographs")
    notes = folder.parent / "notes"
    notes.mkdir(exist_ok=True)
    overrides = [
        "experiment=shvq_kodak",
        "budget=smoke",
        "trainer=ddp",
        "trainer.accelerator=cpu",
        "trainer.devices=2",
        f"trainer.max_steps={STEPS}",
        f"task.stages.autoencoder={JOINT / STEPS}",
        "task.stages.hard=0.25",
        f"rate.window={WINDOW}",
        f"data.root={folder.parent / 'photographs'}",
        "data.held_out=3",
        f"paths.cache={folder.parent / 'cache'}",
        "~callbacks.progress",
        "logger=wandb",
        f"hydra.run.dir={folder}",
    ]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *overrides],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder.parent,
        env=os.environ | {"WITNESS": str(notes)} | environment,
    )
    return Ended(done, folder, notes)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    ended = run(tmp_path_factory.mktemp("two") / "run")
    assert ended.done.returncode == 0, ended.done.stderr
    return ended


def test_they_end_alike(ended: Ended) -> None:
    """Weights, centers, window of the symbol model, sigma and all that moves it."""
    first, second = ended.state(0), ended.state(1)
    assert first["state"].keys() == second["state"].keys()
    for key, value in first["state"].items():
        assert torch.equal(value, second["state"][key]), key
    for key in ("sigma", "annealing", "gap"):
        assert first[key] == second[key], key
    assert first["gap"] is not None
    assert bool(first["state"]["initialised"])


def test_they_saw_different_crops(ended: Ended) -> None:
    first, second = ended.state(0)["batches"], ended.state(1)["batches"]
    assert len(first) == len(second) == STEPS
    assert len({*first, *second}) == 2 * STEPS


def test_the_window_holds_the_symbols_of_both(ended: Ended) -> None:
    """More batches were quantized than it holds, so that nothing of the initialisation is left in it."""
    state = ended.state(0)["state"]
    alphabet = state["model.bottleneck.quantizer.centers"].shape[1]
    expected = torch.zeros_like(state["symbol_models.0.total"])
    for rank in (0, 1):
        latest = ended.state(rank)["symbols"][-WINDOW:]
        for group, symbols in enumerate(torch.cat(latest, dim=1)):
            expected[group] += symbols.bincount(minlength=alphabet)
    assert STEPS - JOINT > WINDOW
    assert torch.equal(state["symbol_models.0.total"], expected)


def test_one_model_is_exported_and_one_process_writes(ended: Ended) -> None:
    assert ended.written(1) == []
    assert Path("training.json") in ended.written(0)
    names = {path.name for path in ended.folder.iterdir()}
    assert {"shvq_kodak.cmpw", "training.json", "last.ckpt", "config.yaml", "train.log"} <= names
    assert not [name for name in names if name.endswith((".tmp", ".part")) or "ddp" in name]
    assert [path.name for path in (ended.folder / "csv").iterdir()] == ["version_0"]
    assert (ended.folder / "train.log").read_text().count("wrote ") == ended.done.stdout.count("wrote ") == 1
    network = load_model(ended.folder / "shvq_kodak.cmpw").network
    centers = ended.state(1)["state"]["model.bottleneck.quantizer.centers"]
    assert torch.equal(network.bottlenecks[0].quantizer.centers, centers)


def test_one_process_logs(ended: Ended) -> None:
    (own,) = written_runs(ended.folder)
    assert own.exit_code == 0
    assert [step for step, _ in own.values("train/loss")] == list(range(STEPS))
    assert own.config["trainer"]["devices"] == 2


@pytest.mark.slow
def test_a_run_that_one_process_stopped_continues(ended: Ended, tmp_path: Path) -> None:
    """Told to the first process alone; both stop at one step, and the resumed run is the undisturbed one."""
    stopped = run(tmp_path / "run", STOP_AT="4")
    assert stopped.done.returncode == 130, stopped.done.stderr
    assert stopped.done.stderr.count("stopped after step 5") == 1
    assert not list(stopped.folder.glob("*.cmpw"))
    resumed = run(tmp_path / "run")
    assert resumed.done.returncode == 0, resumed.done.stderr
    for rank in (0, 1):
        assert resumed.state(rank)["batches"] == ended.state(rank)["batches"][5:]
        for key, value in ended.state(0)["state"].items():
            assert torch.equal(value, resumed.state(rank)["state"][key]), key
        assert resumed.state(rank)["sigma"] == ended.state(0)["sigma"]
