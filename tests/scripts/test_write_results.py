"""What is written of the results: tables of pages, and what papers' tables and figures are."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import write_results
from compressible.reports.markers import marked


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the checkout is written."""
    for folder in ("results", "docs"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(write_results, "TOP", tmp_path)
    monkeypatch.setattr(write_results, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(write_results, "IMAGES", tmp_path / "docs" / "images")
    monkeypatch.setattr(sys, "argv", ["write_results.py"])


def test_marked_tables_are_written_and_those_of_papers_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, papers = tmp_path / "README.md", tmp_path / "docs" / "reproduction.md"
    page.write_text("before\n<!-- table one -->\nold\n<!-- end -->\nafter\n")
    papers.write_text("<!-- table ltc -->\n<!-- end -->\n")
    monkeypatch.setattr(write_results, "PAGES", (page, tmp_path / "not_there.md"))
    monkeypatch.setattr(write_results, "TABLES", {"one": lambda: "new", "two": lambda: pytest.fail("of no page")})
    write_results.main()
    assert page.read_text() == "before\n<!-- table one -->\nnew\n<!-- end -->\nafter\n"
    assert "vectors of 8, 2x, k = 8" in papers.read_text()
    assert (tmp_path / "results" / "reproduction" / "shvq-table1.tex").exists()


def test_a_table_that_nobody_makes_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "README.md"
    (tmp_path / "docs" / "reproduction.md").write_text("")
    page.write_text("<!-- table misspelt -->\n<!-- end -->\n")
    monkeypatch.setattr(write_results, "PAGES", (page,))
    with pytest.raises(KeyError, match="misspelt"):
        write_results.main()


def test_every_table_stands_on_a_page() -> None:
    there = {name for page in write_results.PAGES for name in marked(page.read_text())}
    assert write_results.TABLES.keys() <= there
