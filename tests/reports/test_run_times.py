"""When runs were under way."""

from dataclasses import replace
from pathlib import Path

import pytest

from binary_net_runs import ENVIRONMENT, RECORD
from compressible.reports.run_times import RunTime, TimeTogether, run_time, time_together
from compressible.reports.schema import save
from compressible.runs import RunStatus, State
from compressible.runs.status import SCHEMA, STATUS


def test_minutes_are_those_of_the_run_with_its_codes_and_evaluation(tmp_path: Path) -> None:
    begun = replace(ENVIRONMENT, date="2026-01-01T23:58:30+00:00")
    status = RunStatus(SCHEMA, State.DONE.value, "h", begun, "host", 1, ended="2026-01-02T00:03:00+00:00")
    save(tmp_path / STATUS, status)
    assert run_time(tmp_path, RECORD) == RunTime("2026-01-02T00:03:00+00:00", 4.5)
    assert run_time(tmp_path, replace(RECORD, wall_seconds=None)) == RunTime("2026-01-02T00:03:00+00:00", 4.5)
    # Cut off, it went on in a process that knows its own time alone.
    assert run_time(tmp_path, replace(RECORD, wall_seconds=600.0)) == RunTime("2026-01-02T00:03:00+00:00", 10)
    save(tmp_path / STATUS, replace(status, ended=None))
    assert run_time(tmp_path, RECORD) is None
    (tmp_path / STATUS).unlink()
    assert run_time(tmp_path, RECORD) is None


def at(minute: int, minutes: float) -> RunTime:
    return RunTime(f"2026-01-01T10:{minute:02}:00+00:00", minutes)


@pytest.mark.parametrize(
    ("times", "minutes", "at_once"),
    [
        ([], 0, 0),
        ([at(10, 4)], 4, 1),
        ([at(10, 4), at(14, 4)], 8, 1),
        ([at(20, 5), at(10, 5)], 10, 1),
        ([at(10, 10), at(8, 2), at(9, 2.5)], 10, 3),
        ([at(10, 10), at(15, 10), at(40, 0.5)], 15.5, 2),
    ],
)
def test_minutes_of_several_count_once(times: list[RunTime], minutes: float, at_once: int) -> None:
    assert time_together(times) == TimeTogether(minutes, at_once)
