"""Which runs a grid is, and that they are those of ``train.py``."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException

from compressible.composition import planned_run, register
from compressible.reports.training_record import config_hash
from compressible.resources import config_folder
from compressible.sweeps import SweepError, plan, read_sweep, training_job
from small_run import composed

SWEEPS = sorted(path.stem for path in (config_folder() / "sweep").glob("*.yaml"))
RUNS = {
    "bnn_mnist": len(list((config_folder() / "input").glob("*.yaml"))),
    "dqae_ablation": 2 * 2,
    "dqae_rows": 6 * 3,
    "ltc_cifar10": 3 * 2,
    "ltc_codebooks": 3,
    "ltc_soft": 2 * 2,
    "shvq_beta": 4,
    "static_prior": 2 * 2 * 10,
    "table1_clustered": 4,
    "table1_soft_to_hard": 3,
}
"""Of each grid that comes along."""
NOWHERE = ("callbacks.checkpoint.folder=a", "logger.csv.save_dir=b", "callbacks.codebook_usage.folder=c")
DRAWN = "callbacks.reconstructions.folder=d"


@pytest.fixture(autouse=True)
def _fresh_hydra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    GlobalHydra.instance().clear()
    yield
    GlobalHydra.instance().clear()


def test_every_combination_is_a_run(tmp_path: Path) -> None:
    jobs = plan({"beta": [0.1, 0.2], "quantizer": ["scalar", "soft_to_hard"]}, ["experiment=shvq_kodak", "budget=cpu"])
    assert [job.label for job in jobs] == [
        "beta=0.1 quantizer=scalar",
        "beta=0.1 quantizer=soft_to_hard",
        "beta=0.2 quantizer=scalar",
        "beta=0.2 quantizer=soft_to_hard",
    ]
    assert len({job.folder for job in jobs}) == 4
    assert {job.folder.parent for job in jobs} == {tmp_path / "outputs" / "shvq_kodak"}
    command = ("experiment=shvq_kodak", "budget=cpu", "beta=0.1", "quantizer=scalar")
    place = f"hydra.run.dir={jobs[0].folder.relative_to(tmp_path)}"
    assert jobs[0].command == (sys.executable, "-m", "compressible.cli.train", *command, place)
    assert not list(tmp_path.iterdir()), "planning leaves nothing"


@pytest.mark.parametrize("budget", ["paper", "cpu"])
def test_a_folder_is_named_after_what_decides_the_result(budget: str, tmp_path: Path) -> None:
    """By the hash of the whole, resolved configuration, which is what checkpoints carry."""
    arguments = ["experiment=shvq_kodak", f"budget={budget}", "beta=0.3"]
    job = training_job({"beta": 0.3}, arguments[:2])
    assert job.folder == tmp_path / "outputs" / "shvq_kodak" / config_hash(composed([*arguments, *NOWHERE, DRAWN]))[:8]


@pytest.mark.parametrize(
    "override",
    [
        "trainer=gpu trainer.precision=32-true",
        "trainer.accelerator=gpu",
        "logger=wandb",
        "logger=wandb logger.wandb.offline=false logger.wandb.project=another",
        "logger=tensorboard",
        "group=others",
        "callbacks.checkpoint.minutes=1",
        "paths.data=/elsewhere",
        "evaluation=none",
        "resume=false",
        "trainer.log_every_n_steps=3",
    ],
)
def test_device_logging_and_places_do_not_name_it(override: str) -> None:
    arguments = ["experiment=shvq_kodak", "data=natural"]
    assert training_job({}, [*arguments, *override.split()]).folder == training_job({}, arguments).folder


@pytest.mark.parametrize("override", ["name=a", "paths.outputs='an odd, [old] place'", "hydra.run.dir='my own'"])
def test_a_process_that_sees_other_devices_trains_in_the_folder_that_was_planned(
    override: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """How many there are decides the result, and a slot or another machine may have fewer than here."""
    here, there = 8, 2
    monkeypatch.setattr("torch.cuda.device_count", lambda: here)
    job = training_job({"beta": 0.3}, ["experiment=shvq_kodak", "trainer=ddp", override])
    monkeypatch.setattr("torch.cuda.device_count", lambda: there)
    assert tmp_path / planned_run(job.command[3:]).folder == job.folder


@pytest.mark.parametrize("experiment", sorted(path.stem for path in (config_folder() / "experiment").glob("*.yaml")))
def test_a_multirun_has_the_folders_of_single_runs(experiment: str) -> None:
    """So that a sweep leaves out what ``train.py -m`` has done."""
    register()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        own = compose("train", [f"experiment={experiment}"], return_hydra_config=True).hydra
    assert f"{own.sweep.dir}/{own.sweep.subdir}" == own.run.dir


def test_outputs_may_be_elsewhere(tmp_path: Path) -> None:
    here, there = (training_job({}, [f"paths.outputs={tmp_path / place}"]).folder for place in ("a", "b"))
    assert here.relative_to(tmp_path / "a") == there.relative_to(tmp_path / "b")
    assert training_job({}, ["hydra.run.dir=mine"]).folder == tmp_path / "mine"


def test_two_combinations_of_one_run_are_a_mistake() -> None:
    with pytest.raises(SweepError, match="'beta=1 resume=true' and 'beta=1 resume=false' are one run"):
        plan({"beta": [1, 2], "resume": [True, False]}, [])


def test_a_misspelt_setting_is_found_before_anything_runs() -> None:
    with pytest.raises(HydraException, match="centres"):
        plan({"quantizer.centres": [1, 2]}, [])


@pytest.mark.parametrize("name", SWEEPS)
def test_every_sweep_that_comes_along(name: str) -> None:
    _, sweep = read_sweep(name)
    overrides = [*sweep.overrides, "budget=cpu"]
    if sweep.search is None:
        jobs = plan(sweep.grid, overrides)
        assert len(jobs) == RUNS[name]
    else:
        assert training_job({key: own.example for key, own in sweep.search.space.items()}, overrides)
        assert composed([*overrides, *NOWHERE[:2]])["outcome"]["split"] == "held_out", "no choice is made on a test set"


def test_runs_of_the_ablation_are_named_after_their_settings() -> None:
    """The table has a row a name."""
    _, sweep = read_sweep("dqae_ablation")
    names = {job.folder.parent.name for job in plan(sweep.grid, [*sweep.overrides, "budget=cpu"])}
    assert names == {f"K{codes}-D{dimension}" for codes in (4, 64) for dimension in (8, 64)}
