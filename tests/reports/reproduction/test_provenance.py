from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from evaluated_runs import environment, training_record

from compressible.reports.reproduction.provenance import commits, environments, trained
from compressible.reports.schema import save

RECORD = training_record("run", "last", earlier=("first", "second"))


def test_a_run_that_was_cut_off_was_trained_by_several_processes() -> None:
    assert commits(environments(RECORD)) == ("first", "second", "last")


@pytest.mark.parametrize(
    ("given", "found"),
    [((), ()), ((None, "a", "b", "a"), ("a", "b")), (("a, b", "b, c"), ("a", "b", "c"))],
)
def test_each_commit_is_named_once(given: Sequence[str | None], found: Sequence[str]) -> None:
    assert commits(map(environment, given)) == found


def test_records_that_are_kept_tell_of_the_runs_that_belong(tmp_path: Path) -> None:
    save(tmp_path / "a.json", RECORD)
    save(tmp_path / "b.json", replace(RECORD, model="other", environment=environment("elsewhere")))
    assert commits(trained(tmp_path, lambda record: record.model == "m")) == ("first", "second", "last")
    assert trained(tmp_path / "nowhere", lambda record: True) == ()
