"""A value of an experiment says where it comes from: a section of the paper, another paper, or that it is ours."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from compressible.resources import config_folder
from compressible.run_schema import register

METHOD = ("data", "partition", "quantizer", "rate", "annealing", "model", "distortion", "optimizer", "task")
"""Groups whose values decide what is learned; the others say where things lie and what is logged."""
SOURCE = re.compile(r"section \d|eq\. \(\d\)|et al\. \d{4}|not stated; ours")
VALUE = re.compile(r"^ *(?P<key>[a-z]\w*): +(?P<value>[^#\s][^#]*?) *(?:# *(?P<comment>.*))?$")


@pytest.fixture(autouse=True)
def _fresh_hydra() -> Iterator[None]:
    GlobalHydra.instance().clear()
    yield
    GlobalHydra.instance().clear()


def unsourced(text: str) -> list[str]:
    """Lines with a value of their own (no interpolation) and no source."""
    found = [(line, match) for line in text.splitlines() if (match := VALUE.match(line))]
    return [line for line, m in found if not m["value"].startswith("$") and not SOURCE.search(m["comment"] or "")]


def chosen_files(*overrides: str) -> list[Path]:
    """Files of the method's groups that the configuration is composed of."""
    register()
    with initialize_config_dir(version_base="1.3", config_dir=str(config_folder())):
        choices = compose("train", overrides=list(overrides), return_hydra_config=True).hydra.runtime.choices
    return [config_folder() / group / f"{choices[group]}.yaml" for group in METHOD]


def test_the_reader_of_sources_tells_values_with_and_without() -> None:
    text = """# crop: 1
_target_: compressible.x
root: ${paths.data}/natural
crop: 128  # section 4
stages:
  _target_: compressible.y
  hard: 0.05
widths: [64, 128]  # as always
beta: 0.1  # not stated; ours
"""
    assert unsourced(text) == ["  hard: 0.05", "widths: [64, 128]  # as always"]


def test_every_value_of_shvq_names_its_source() -> None:
    files = chosen_files("experiment=shvq_kodak")
    assert {file.stem for file in files} >= {"soft_to_hard", "histogram", "gap", "mse", "adam"}, "the paper's choices"
    missing = {file.name: lines for file in files if (lines := unsourced(file.read_text()))}
    assert missing == {}


def test_every_value_of_ltc_names_its_source() -> None:
    chosen = chosen_files("experiment=ltc_cifar10")
    expected = {"cifar10_images", "soft_to_hard_ltc", "learned", "fixed", "ltc_autoencoder", "mse", "adam"}
    assert {file.stem for file in chosen} >= expected, "the paper's choices"
    rows = ("ltc_scalar", "ltc_scalar_2x", "ltc_scalar_4x", "ltc_scalar_8x")
    others = ("experiment/ltc_cifar10", "quantizer/soft_to_hard_ltc_scalar", *(f"row/{row}" for row in rows))
    files = [*chosen, *(config_folder() / f"{name}.yaml" for name in others)]
    missing = {file.name: lines for file in files if (lines := unsourced(file.read_text()))}
    assert missing == {
        "ltc_cifar10.yaml": ["name: ltc_cifar10", "evaluation: null"],
        **{f"{row}.yaml": [f"name: {row}"] for row in rows},
    }


@pytest.mark.parametrize("key", ["seed", "beta", "max_steps"])
def test_what_a_run_adds_to_its_groups_names_its_source(key: str) -> None:
    text = "\n".join((config_folder() / name).read_text() for name in ("train.yaml", "trainer/cpu.yaml"))
    assert re.search(rf"^{key}: .*# not stated; ours", text, flags=re.MULTILINE)
