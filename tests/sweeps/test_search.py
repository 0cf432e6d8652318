"""What a search asks, and what it tells."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from small_sweep import SPACE, search

pytest.importorskip("optuna")

from compressible.sweeps import Job, Result, Source, SweepError
from compressible.sweeps.search import Search, study_name
from compressible.sweeps.sweep_file import Dimension, SearchSettings


def ask_all(source: Source, *, done: bool = True) -> list[Job]:
    jobs: list[Job] = []
    while (job := source.next()) is not None:
        jobs.append(job)
        source.settle(Result(job, done, 1, 1.0))
    return jobs


def test_the_best_is_that_of_all_trials(tmp_path: Path) -> None:
    """Of a function that the study is not told: the search has no other way to know."""
    source = search(tmp_path, 15, 1)
    assert source.conclusion() == ""
    jobs = ask_all(source)
    assert len(jobs) == source.total == 15
    asked = (tmp_path / "asked.json").read_text()
    import json

    values = [json.loads(asked)[job.folder.name] for job in jobs]
    assert all(-1 <= own["x"] <= 1 and own["kind"] in "ab" and 1 <= own["n"] <= 9 for own in values)
    assert all(isinstance(own["n"], int) for own in values)
    distances = [(own["x"] - 0.3) ** 2 + (own["kind"] == "a") + abs(own["n"] - 4) for own in values]
    best = values[distances.index(min(distances))]
    words = " ".join(f"{key}={best[key]}" for key in SPACE)
    assert source.conclusion() == f"best of 15: {words}, with distance = {min(distances):g}"


def test_more_trials_continue_a_study(tmp_path: Path) -> None:
    first = ask_all(search(tmp_path, 4, 1))
    more = search(tmp_path, 6, 1)
    assert more.known() == first
    assert ask_all(more)[:4] == first
    assert ask_all(search(tmp_path, 6, 1)) == ask_all(search(tmp_path, 6, 1))
    assert len(ask_all(search(tmp_path, 6, 1))) == 6


def test_a_failed_trial_is_done_again_by_the_next_start(tmp_path: Path) -> None:
    failed = ask_all(search(tmp_path, 3, 1), done=False)
    again = search(tmp_path, 3, 1)
    assert again.conclusion() == ""
    assert ask_all(again) == failed
    assert again.conclusion().startswith("best of 3: ")


def test_a_trial_that_diverged_counts(tmp_path: Path) -> None:
    """Its metric is not finite; the search goes on to other settings, ends, and does not come back to it."""

    def make(values: Mapping[str, Any]) -> Job:
        return Job(str(values["x"]), (), tmp_path, tmp_path)

    def measure(job: Job) -> float | None:
        return None if float(job.label) < 0.5 else float(job.label)

    settings = SearchSettings("loss", 8, {"x": Dimension(low=0.0, high=1.0)})
    source = Search(tmp_path / "study.db", settings, make, measure)
    jobs = ask_all(source)
    finite = [float(job.label) for job in jobs if float(job.label) >= 0.5]
    assert len({job.label for job in jobs}) == 8
    assert 0 < len(finite) < 8
    assert source.conclusion() == f"best of 8: x={min(finite)}, with loss = {min(finite):g}"
    again = Search(tmp_path / "study.db", settings, make, measure)
    assert ask_all(again) == jobs
    assert again.conclusion() == source.conclusion()


def test_nothing_is_written_before_the_first_job(tmp_path: Path) -> None:
    source = search(tmp_path / "new", 4, 1)
    assert (source.known(), source.conclusion(), source.total) == ([], "", 4)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "new").mkdir()
    assert source.next() is not None


def test_a_trial_that_was_cut_off_while_it_was_asked_for_does_not_count(tmp_path: Path) -> None:
    import optuna

    whole = ask_all(search(tmp_path / "whole", 3, 1))
    source = search(tmp_path / "cut", 3, 1)
    job = source.next()
    assert job is not None
    source.settle(Result(job, True, 1, 1.0))
    study = optuna.load_study(study_name="study", storage=f"sqlite:///{tmp_path / 'cut' / 'study.db'}")
    study.ask().suggest_float("x", -1.0, 1.0)
    resumed = ask_all(search(tmp_path / "cut", 3, 1))
    assert [own.label for own in resumed] == [own.label for own in whole]


def test_only_more_trials_leave_a_study_what_it_is() -> None:
    settings = SearchSettings("a", 5, {"x": Dimension(low=0, high=1)})
    name = study_name("mine", settings, ["beta=1"])
    assert study_name("mine", SearchSettings("a", 9, {"x": Dimension(low=0, high=1)}), ["beta=1"]) == name
    others = [
        study_name("mine", settings, []),
        study_name("mine", SearchSettings("b", 5, {"x": Dimension(low=0, high=1)}), ["beta=1"]),
        study_name("mine", SearchSettings("a", 5, {"x": Dimension(low=0, high=2)}), ["beta=1"]),
        study_name("mine", SearchSettings("a", 5, {"x": Dimension(low=0, high=1)}, "maximize"), ["beta=1"]),
    ]
    assert len({name, *others}) == 5


def test_a_metric_that_runs_do_not_have(tmp_path: Path) -> None:
    from compressible.reports.environment import Dataset, Environment
    from compressible.reports.schema import save
    from compressible.reports.training_record import TrainingRecord
    from compressible.sweeps.search import held_out_metric

    environment, data = Environment("", None, "", "", 1, "", {}), Dataset("", "", 0)
    record = TrainingRecord(
        "", "", environment, "", 0, data, (), 1, None, None, "", 1, {"val/psnr": 31.5, "val/loss": None}
    )
    save(tmp_path / "training.json", record)
    job = Job("", (), tmp_path, tmp_path)
    assert held_out_metric(job, "val/psnr") == 31.5
    assert held_out_metric(job, "val/loss") is None
    with pytest.raises(SweepError, match="no metric 'val/prsn'; they have val/psnr"):
        held_out_metric(job, "val/prsn")
