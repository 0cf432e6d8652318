"""Runs of binary networks to entries, from records made up here."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from binary_net_runs import DATA, RESULT, write_run
from compressible.reports.binary_net_entries import Entry, checked, read_entry


def read_entries(runs: Sequence[Path]) -> tuple[Entry, ...]:
    return checked(tuple(map(read_entry, runs)))


def test_runs_are_gathered(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name, name) for name in ("codes", "codes_gray")]
    runs.append(write_run(tmp_path / "pixels", "pixels", view="pixels"))
    entries = read_entries(runs)
    assert entries[0] == Entry("codes", 7, None, RESULT)
    assert [entry.arm for entry in entries] == ["codes", "codes_gray", "pixels"]


def test_runs_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    first = write_run(tmp_path / "a", "codes")
    with pytest.raises(ValueError, match="several runs of codes"):
        read_entries([first, write_run(tmp_path / "b", "codes")])
    with pytest.raises(ValueError, match="different codes"):
        read_entries([first, write_run(tmp_path / "c", "codes_gray", view="codes of 34")])
    for i, other in enumerate(
        (
            replace(RESULT, dataset=replace(DATA, sha256="b" * 64)),
            replace(RESULT, test_images=19),
            replace(RESULT, training_images=99),
        )
    ):
        with pytest.raises(ValueError, match="different images"):
            read_entries([first, write_run(tmp_path / f"images-{i}", "codes_gray", result=other)])
    with pytest.raises(ValueError, match="different seeds"):
        read_entries([first, write_run(tmp_path / "seeds", "codes_gray", result=replace(RESULT, seeds=(0, 1)))])


def test_a_run_that_was_not_tested_is_refused(tmp_path: Path) -> None:
    """By itself too: it is for choosing."""
    own = replace(RESULT, test=(), test_images=0, dataset=replace(DATA, name="mnist, held out"))
    with pytest.raises(ValueError, match="measured on mnist, held out, which is for choosing"):
        read_entries([write_run(tmp_path / "run", "codes", result=own)])
