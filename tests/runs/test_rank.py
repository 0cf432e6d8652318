"""Held to Lightning, which numbers the processes."""

import itertools

import pytest
from lightning_fabric.utilities.rank_zero import _get_rank

from compressible.runs import first_process
from compressible.runs.rank import RANKS


@pytest.mark.parametrize("numbers", list(itertools.product([None, "0", "3"], repeat=len(RANKS))))
def test_the_first_process_is_lightnings(numbers: tuple[str | None, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in zip(RANKS, numbers, strict=True):
        if number is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, number)
    assert first_process() == ((_get_rank() or 0) == 0)
