"""What a sweep's file may say, and how its values reach ``train.py``."""

from pathlib import Path
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from compressible.sweeps import SweepError, read_sweep
from compressible.sweeps.sweep_file import Dimension, SearchSettings, Sweep, settings_of, with_settings

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
        ("overrides: [beta=1]\ngrid: {beta: [1, 2]}", "beta is a setting of all runs and varied as well"),
        ("overrides: [++b=1]\nsearch: {metric: a, trials: 1, space: {b: {choices: [1, 2]}}}", "b is a setting of all"),
        ("search: {metric: a, trials: 1, direction: up, space: {b: {choices: [1]}}}", "minimize or maximize, got up"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SweepError, match=words) as caught:
        read_sweep(written(tmp_path, text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", ["beta=0.3", "++beta=0.3"])
def test_what_is_given_for_all_runs_is_not_varied(given: str) -> None:
    sweep = Sweep(["budget=cpu"], {"beta": [0.1, 0.2], "seed": [0, 1], "beta.of": [5]})
    assert with_settings(sweep, [given]) == Sweep(["budget=cpu", given], {"seed": [0, 1], "beta.of": [5]})
    space = {"beta": Dimension(low=0, high=1), "seed": Dimension(choices=[1])}
    found = with_settings(Sweep(search=SearchSettings("a", 9, space)), [given])
    assert found == Sweep([given], search=SearchSettings("a", 9, {"seed": Dimension(choices=[1])}))


@pytest.mark.parametrize(
    ("sweep", "given", "words"),
    [
        (Sweep(grid={"beta": [1]}), ["resume=false"], "resume has no effect"),
        (Sweep(["resume=false"], {"beta": [1]}), [], "resume has no effect"),
        (Sweep(grid={"resume": [True, False]}), [], "resume has no effect"),
        (Sweep(grid={"beta": [1]}), ["hydra.sweep.subdir=mine"], "hydra.sweep.subdir has no effect"),
        (Sweep(search=SearchSettings("a", 9, {"b": Dimension(choices=[1])})), ["b=1"], "nothing is left to search"),
    ],
)
def test_what_would_not_be_heeded_is_refused(sweep: Sweep, given: list[str], words: str) -> None:
    with pytest.raises(SweepError, match=words):
        with_settings(sweep, given)


def test_a_sweep_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SweepError, match=r"no sweep 'shvq_bta'; there are .*shvq_beta"):
        read_sweep("shvq_bta")
