from pathlib import Path

import pytest
from page_examples import leave_run

from compressible.reports.network_choices import Choice
from compressible.reports.page import Sources, assemble, find_sources
from compressible.reports.page.model import Standing
from compressible.reports.schema import save


def test_tables_of_one_title_are_told_apart_by_their_files(tmp_path: Path) -> None:
    for name in ("first", "second"):
        save(tmp_path / f"{name}.json", (Choice("beta 3", "train", None, 0, 777, 1000, 0.5, 20.0, 4321),))
    files = (tmp_path / "first.json", tmp_path / "second.json")
    title = "Choices made on held-out images"
    alone, both = (assemble("t", Sources(given, ()), lambda run: None) for given in (files[:1], files))
    assert [table.title for table in alone.tables] == [title]
    assert [table.title for table in both.tables] == [f"{title}: first", f"{title}: second"]


@pytest.mark.parametrize(
    "damaged", ["training.json", "evaluation.json", "index_histograms/step_0000020.json", "codebooks/step_0000020.json"]
)
def test_a_run_that_cannot_be_read_is_left_out_alone(tmp_path: Path, damaged: str) -> None:
    """One of another version, say."""
    for name in ("a", "b", "c"):
        leave_run(tmp_path / name, name)
    (tmp_path / "b" / damaged).write_text('{"schema": "compressible-evaluation-1"}')
    page = assemble("t", find_sources([tmp_path]), lambda run: None)
    assert [card.name for card in page.runs] == ["a", "c"]
    assert {run for chart in page.training for series in chart.series for run in series.runs} == {"run-0", "run-2"}
    (fact,) = page.left_out
    assert fact.label == str(tmp_path / "b")
    assert damaged in fact.value


def test_a_run_that_begins_anew_meanwhile_is_left_out(tmp_path: Path) -> None:
    """Its files go between two looks at them."""
    for name in ("a", "b"):
        leave_run(tmp_path / name)

    def begin_anew(run: Path) -> Standing | None:
        if run.name == "a":
            (run / "config.yaml").unlink()
        return None

    page = assemble("t", find_sources([tmp_path]), begin_anew)
    assert [card.name for card in page.runs] == ["b"]
    assert [fact.label for fact in page.left_out] == [str(tmp_path / "a")]
