"""A codebook that two processes train is that of one process which sees the vectors of both."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, multiprocessing
from two_processes import CASES, Case, train, work

States = dict[Case, tuple[dict[str, Tensor], dict[str, Tensor]]]


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> States:
    """What each process ended with, case by case."""
    folder = tmp_path_factory.mktemp("two")
    multiprocessing.spawn(work, args=(str(folder),), nprocs=2)  # pyright: ignore[reportPrivateImportUsage]
    first, second = (torch.load(folder / Path(f"states_{rank}.pt"), weights_only=True) for rank in (0, 1))
    return dict(zip(CASES, zip(first, second, strict=True), strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.update}-{case.threshold}")
def test_they_end_alike(states: States, case: Case) -> None:
    """Replaced codes too, though each draws numbers of its own."""
    first, second = states[case]
    assert first.keys() >= {"quantizer.codebook.codes", "quantizer.codebook.counts"}
    for key, value in first.items():
        assert torch.equal(value, second[key]), key


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.update}-{case.threshold}")
def test_they_end_as_one_does_alone(states: States, case: Case) -> None:
    """But for what is drawn to replace codes."""
    alone = train(case, 0, 1)
    together = states[case][0]
    same = [torch.allclose(value, together[key], rtol=1e-4, atol=1e-5) for key, value in alone.items()]
    assert all(same) if case.threshold == 0 else not all(same)
