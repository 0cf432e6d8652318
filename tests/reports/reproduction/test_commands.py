"""The commands that are named for missing runs are ones that can be given."""

import shlex
from itertools import pairwise
from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra

from compressible.cli.evaluate import evaluate
from compressible.codecs.families import family
from compressible.codecs.zoo import find
from compressible.composition import planned_run
from compressible.reports.reproduction.catalogue import TARGETS
from compressible.reports.reproduction.depthwise_runs import size_of
from compressible.sweeps import plan, read_sweep

NOTHING = {target.name: target.read(Path("nowhere")) for target in TARGETS}
PARTS = [(name, part.command) for name, made in NOTHING.items() for part in made.missing]


@pytest.fixture(autouse=True)
def _fresh_hydra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    GlobalHydra.instance().clear()


def trained(command: str) -> Path | None:
    """Folder of the run, composed as it would be; None of another command."""
    program, *arguments = shlex.split(command)
    return planned_run(arguments[1:]).folder if (program, arguments[0]) == ("python", "train.py") else None


def test_every_target_names_what_it_needs() -> None:
    assert all(made.missing for made in NOTHING.values())
    assert {verdict.value for made in NOTHING.values() for verdict in made.verdicts} == {"no runs"}


@pytest.mark.parametrize("name", sorted(NOTHING))
def test_a_first_run_composes(name: str) -> None:
    commands = [command for own, command in PARTS if own == name and command.startswith("python")]
    assert name == "shvq-fig1" or trained(commands[0])


@pytest.mark.slow
def test_all_runs_compose_and_are_different() -> None:
    commands = {command for _, command in PARTS if command.startswith("python")}
    folders = {trained(command) for command in commands}
    assert len(folders) == len(commands)


def test_evaluations_name_codecs_and_models_that_there_are() -> None:
    commands = [shlex.split(command) for _, command in PARTS if command.startswith("compressible")]
    assert {tuple(command[:2]) for command in commands} == {("compressible", evaluate.__name__)}
    for option, is_there in (("-c", family), ("-m", find)):
        named = {word for command in commands for flag, word in pairwise(command) if flag == option}
        assert named
        assert all(map(is_there, named))


def test_rivals_of_the_sizes_are_a_sweep_with_other_names() -> None:
    """What is named for figure 5 beside the sweep's own runs."""
    (command,) = [command for target in TARGETS for command in target.sweeps if "row=vq_copies" in command]
    _, _, name, *overrides = shlex.split(command)
    _, sweep = read_sweep(name)
    names = {job.folder.parent.name for job in plan(sweep.grid, [*sweep.overrides, *overrides])}
    assert len(names) == 2 * 2
    assert all(size is not None and size.arm == "vq_copies" for size in map(size_of, names))


def test_sweeps_are_there() -> None:
    sweeps = [shlex.split(command) for target in TARGETS for command in target.sweeps if "sweep" in command]
    assert len(sweeps) > 5
    for program, verb, name, *_ in sweeps:
        assert (program, verb) == ("compressible", "sweep")
        assert read_sweep(name)
