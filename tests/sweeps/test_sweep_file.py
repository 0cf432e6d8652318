"""What a sweep's file may say, and how its values reach ``train.py``."""

from pathlib import Path
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from compressible.sweeps import SweepError, read_sweep
from compressible.sweeps.sweep_file import Dimension, settings_of

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")))
VALUES = st.recursive(SCALARS | TEXTS, lambda inner: st.lists(inner, max_size=3), max_leaves=6)


def plain(value: Any) -> Any:
    """What Hydra's parser made of a value, without its marks of quotation."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return getattr(value, "text", value)


@given(VALUES)
def test_hydra_reads_the_value_that_was_written(value: Any) -> None:
    (argument,) = settings_of({"quantizer.centers": value})
    (override,) = OverridesParser.create().parse_overrides([argument])
    assert override.key_or_group == "quantizer.centers"
    read = plain(override.value())
    assert read == value
    assert type(read) is type(value)


def written(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(text)
    return str(path)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    text = """
overrides: [experiment=shvq_kodak, budget=cpu]
search:
  metric: val/psnr
  trials: 7
  space:
    beta: {low: 1e-3, high: 1, log: true}
    quantizer.centers: {low: 2, high: 9}
    annealing: {choices: [gap, linear]}
submitit: {timeout_min: 60, slurm_partition: gpu}
ray: {num_gpus: 0.5}
"""
    name, sweep = read_sweep(written(tmp_path, text))
    assert name == "mine"
    assert sweep.overrides == ["experiment=shvq_kodak", "budget=cpu"]
    assert sweep.search is not None
    assert (sweep.search.metric, sweep.search.trials, sweep.search.direction) == ("val/psnr", 7, "minimize")
    assert sweep.search.space == {
        "beta": Dimension(low=0.001, high=1, log=True),
        "quantizer.centers": Dimension(low=2, high=9),
        "annealing": Dimension(choices=["gap", "linear"]),
    }
    assert sweep.submitit == {"timeout_min": 60, "slurm_partition": "gpu"}
    assert (sweep.ray.num_cpus, sweep.ray.num_gpus) == (1.0, 0.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gird: {beta: [1]}", "gird"),
        ("grid: {beta: 1}", "beta.*List"),
        ("grid: {beta: []}", "beta has no values"),
        ("grid: [beta", "mine.yaml"),
        ("- beta=1", "mine.yaml"),
        ("", "either a grid or a search"),
        ("overrides: [beta=1]", "either a grid or a search"),
        ("grid: {beta: [1]}\nsearch: {metric: a, trials: 1, space: {b: {choices: [1]}}}", "either a grid or a search"),
        ("search: {trials: 1, space: {b: {choices: [1]}}}", "metric"),
        ("search: {metric: a, trials: many, space: {b: {choices: [1]}}}", "many"),
        ("search: {metric: a, trials: 1, space: {b: {chocies: [1]}}}", "chocies"),
        ("search: {metric: a, trials: 1, space: {b: {low: 1}}}", "b needs either choices, or numbers low and high"),
        ("search: {metric: a, trials: 1, space: {b: {low: 3, high: 1}}}", "b needs either"),
        ("search: {metric: a, trials: 1, space: {b: {low: 1, high: 2, choices: [1]}}}", "b needs either"),
        ("search: {metric: a, trials: 1, space: {b: {low: 0, high: 2, log: true}}}", "logarithmic"),
        ("search: {metric: a, trials: 1, direction: up, space: {b: {choices: [1]}}}", "minimize or maximize, got up"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SweepError, match=words) as caught:
        read_sweep(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_sweep_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SweepError, match=r"no sweep 'shvq_bta'; there are .*shvq_beta"):
        read_sweep("shvq_bta")
