from dataclasses import replace
from pathlib import Path

from page_examples import ENVIRONMENT, OURS, leave_run, record

from compressible.reports.page.model import Fact, Standing
from compressible.reports.page.rate_distortion import Source
from compressible.reports.page.run_cards import read_card, read_evaluation
from compressible.reports.schema import save


def test_how_a_run_was_made_and_what_came_of_it(tmp_path: Path) -> None:
    card = read_card(leave_run(tmp_path / "run", "beta: 3"), "sweep/run", "run-4", Standing("done"))
    assert (card.id, card.name, card.config) == ("run-4", "sweep/run", "beta: 3")
    facts = {fact.label: fact.value for fact in card.facts}
    assert facts["command"] == "beta: 3"
    assert (facts["seed"], facts["steps"], facts["minutes in training"]) == ("7", "1,234", "10")
    assert facts["last validation"] == "val/accuracy 0.875"
    assert "started from" not in facts
    assert card.evaluation is not None
    assert "12345" in card.evaluation.markdown


def test_all_commits_that_trained_a_run_are_named(tmp_path: Path) -> None:
    """It was cut off twice, once by a process outside of a checkout, and went on at the commit it began with."""
    run = leave_run(tmp_path / "run")
    before = tuple(replace(ENVIRONMENT, commit=commit) for commit in ("0123abc", "4567def", None))
    save(run / "training.json", replace(record("train.py"), earlier=before))
    (commit,) = (fact.value for fact in read_card(run, "a", "run-0", None).facts if fact.label == "commit")
    assert commit == "0123abc, 4567def"


def test_a_run_that_says_nothing_has_ended_if_it_left_a_record(tmp_path: Path) -> None:
    assert read_card(leave_run(tmp_path / "run"), "a", "run-0", None).standing == Standing("done")
    (tmp_path / "config.yaml").write_bytes(b"name: \xff")
    card = read_card(tmp_path, "a", "run-0", None)
    assert card.standing == Standing("not finished")
    assert card.facts == (Fact("folder", str(tmp_path)),)
    assert card.evaluation is None
    assert card.config == "name: \N{REPLACEMENT CHARACTER}"


def test_only_rate_distortion_points_are_an_evaluation(tmp_path: Path) -> None:
    assert read_evaluation(tmp_path, "a", "run-0") is None
    save(tmp_path / "evaluation.json", OURS)
    assert read_evaluation(tmp_path, "a", "run-0") == Source("a", OURS, "run-0")
    (tmp_path / "evaluation.json").write_text('{"schema": "compressible-network-2"}')
    assert read_evaluation(tmp_path, "a", "run-0") is None
