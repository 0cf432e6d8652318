"""What becomes of each command of a console block.

make ...                 its targets exist, and what they need
python train.py ...      composed, of a sweep with each of its values, and held against what the targets take; not
                         trained: a small model is put where the run would have left its own
python scripts/...       its arguments are parsed
compressible sweep ...   with --plan: its first run is composed, nothing is trained
compressible ...         run
pip install ...          the extras exist
source ...               nothing

In generated tables there are many commands that differ in values alone: one of each kind is checked.
"""

import argparse
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from documented_blocks import TOP
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override

from compressible.cli import main
from compressible.resources import config_folder
from compressible.sweeps import Sweep, read_sweep
from test_configs import check, compose_run


class ArgumentsError(Exception):
    """Raised in place of a script's work: its arguments are understood."""


@dataclass(frozen=True)
class Console:
    """Runs commands in a folder, the current one.

    Attributes:
        export: writes a small image model to a path.
        patch: undone after the page.
    """

    folder: Path
    export: Callable[[Path], object]
    patch: pytest.MonkeyPatch

    def run(self, text: str, one_of_a_kind: bool = False) -> None:
        """All commands of a block, or one of each kind."""
        commands = list(commands_of(text))
        if one_of_a_kind:
            commands = list({kind_of(words): words for words in commands}.values())
        for words in commands:
            match words:
                case ["make", *targets]:
                    subprocess.run(["make", "-n", "-C", str(TOP), *targets], check=True, capture_output=True)
                case ["python", "train.py", *arguments]:
                    self.train(arguments)
                case ["python", script, *arguments] if script.startswith("scripts/"):
                    self.parse(TOP / script, arguments)
                case ["compressible", "sweep", *arguments]:
                    self.sweep(arguments)
                case ["compressible", *arguments]:
                    self.command(*arguments)
                case ["pip", "install", *wanted]:
                    extras = {extra for what in wanted for extra in re.findall(r"\w+", what.partition("[")[2])}
                    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
                    unknown = extras - project["optional-dependencies"].keys()
                    assert not unknown, f"there is no extra {', '.join(unknown)}"
                case ["source", ".venv/bin/activate"]:
                    pass
                case _:
                    pytest.fail(f"nobody says how to check: {shlex.join(words)}")

    def command(self, *arguments: str) -> None:
        assert main(arguments) == 0, f"compressible {shlex.join(arguments)}"

    def sweep(self, arguments: list[str]) -> None:
        def first_run(name: str) -> tuple[str, Sweep]:
            stem, sweep = read_sweep(name)
            return stem, replace(sweep, grid={key: values[:1] for key, values in sweep.grid.items()})

        with self.patch.context() as patch:
            patch.setattr("compressible.sweeps.read_sweep", first_run)
            self.command("sweep", *arguments, *([] if "--plan" in arguments else ["--plan"]))

    def train(self, arguments: list[str]) -> None:
        """Compose all runs that the arguments mean; leave in each folder that is named what a run would."""
        options = self.folder / "configs"
        search = [f"hydra.searchpath=[file://{options}]"] if options.exists() else []
        for own in runs_of(arguments):
            GlobalHydra.instance().clear()
            config = compose_run(*search, *own)
            assert check(config) > 0
            for folder in (value for key, _, value in (o.partition("=") for o in own) if key == "hydra.run.dir"):
                Path(folder).mkdir(parents=True, exist_ok=True)
                self.export(Path(folder) / f"{config['name']}.cmpw")
                (Path(folder) / "config.yaml").write_text("beta: 0.1\n")

    def parse(self, script: Path, arguments: list[str]) -> None:
        original = argparse.ArgumentParser.parse_args

        def parse_args(parser: argparse.ArgumentParser, *given: Any) -> None:
            original(parser, *given)
            raise ArgumentsError

        with self.patch.context() as patch:
            patch.setattr(argparse.ArgumentParser, "parse_args", parse_args)
            patch.setattr(sys, "argv", [str(script), *arguments])
            patch.syspath_prepend(str(script.parent))
            with pytest.raises((ArgumentsError, SystemExit)) as left:
                runpy.run_path(str(script), run_name="__main__")
            assert left.type is ArgumentsError or left.value.code == 0, "and --help is shown"


def commands_of(text: str) -> Iterator[list[str]]:
    """Words of each line, which begins with a prompt or is a comment; a backslash goes on with the next line."""
    lines = [line for line in text.replace("\\\n", "").splitlines() if not line.startswith("# ")]
    assert lines
    assert all(line.startswith("$ ") for line in lines), "a console block has commands alone, each after a prompt"
    for line in lines:
        yield shlex.split(line.removeprefix("$ "), comments=True)


def kind_of(words: list[str]) -> tuple[str, ...]:
    """The same of commands that differ in values alone, but for their experiment."""
    keys = sorted({word.partition("=")[0] for word in words if "=" in word or word.startswith("-")})
    return (*words[:2], *(word for word in words if word.startswith("experiment=")), *keys)


def runs_of(arguments: list[str]) -> Iterator[list[str]]:
    """The arguments of the one run; of a sweep (-m), of enough of its runs that each value is in one."""
    if "-m" not in arguments:
        yield arguments
        return
    plain = [argument for argument in arguments if argument != "-m"]
    values = [
        [f"{override.get_key_element()}={value}" for value in values_of(override)]
        if override.is_sweep_override()
        else [argument]
        for argument, override in zip(plain, OverridesParser.create().parse_overrides(plain), strict=True)
    ]
    for i in range(max(map(len, values))):
        yield [own[min(i, len(own) - 1)] for own in values]


def values_of(override: Override) -> list[str]:
    """Of one setting of a sweep; ``glob(*)`` means files of the group."""
    value = override.value()
    if not isinstance(value, Glob):
        return list(override.sweep_string_iterator())
    group = config_folder() / override.key_or_group
    return value.filter(sorted(path.stem for path in group.glob("*.yaml")))
