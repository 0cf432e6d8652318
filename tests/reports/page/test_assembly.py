from pathlib import Path

from compressible.reports.network_choices import Choice
from compressible.reports.page import Sources, assemble
from compressible.reports.schema import save


def test_tables_of_one_title_are_told_apart_by_their_files(tmp_path: Path) -> None:
    for name in ("first", "second"):
        save(tmp_path / f"{name}.json", (Choice("beta 3", "train", None, 0, 777, 1000, 0.5, 20.0, 4321),))
    files = (tmp_path / "first.json", tmp_path / "second.json")
    title = "Choices made on held-out images"
    alone, both = (assemble("t", Sources(given, ()), ()) for given in (files[:1], files))
    assert [table.title for table in alone.tables] == [title]
    assert [table.title for table in both.tables] == [f"{title}: first", f"{title}: second"]
