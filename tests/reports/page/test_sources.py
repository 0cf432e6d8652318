import re
from pathlib import Path

import pytest

from compressible.reports.page.sources import Sources, find_sources


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two results, a run at the top and two of a sweep, each with files that are its own."""
    for run in ("outputs/one", "outputs/two/3fa", "outputs/two/b07"):
        folder = tmp_path / run
        (folder / ".hydra").mkdir(parents=True)
        (folder / "inner").mkdir()
        for config in (folder, folder / ".hydra", folder / "inner"):
            (config / "config.yaml").write_text("a: 1")
        (folder / "evaluation.json").write_text("{}")
    (tmp_path / "outputs" / "one.log").write_text("text")
    (tmp_path / "results").mkdir()
    for name in ("b.json", "a.json", "a.txt"):
        (tmp_path / "results" / name).write_text("{}")
    return tmp_path


def test_folders_hold_results_and_runs(tree: Path) -> None:
    found = find_sources([tree / "results", tree / "outputs"])
    assert [path.name for path in found.results] == ["a.json", "b.json"]
    assert [path.relative_to(tree).as_posix() for path in found.runs] == [
        "outputs/one",
        "outputs/two/3fa",
        "outputs/two/b07",
    ]
    assert found.run_names() == ("one", "two/3fa", "two/b07")


def test_what_is_named_twice_is_there_once(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    found = find_sources([Path("results/b.json"), Path("results"), Path("outputs/one"), Path("outputs")])
    assert [str(path) for path in found.results] == ["results/b.json", "results/a.json"]
    assert len(found.runs) == 3


def test_a_single_run_goes_by_its_folder(tree: Path) -> None:
    assert Sources((), (tree / "outputs" / "two" / "3fa",)).run_names() == ("3fa",)
    assert Sources((), ()).run_names() == ()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "there is no file or folder"),
        ("outputs/one.log", "neither a JSON file nor a folder"),
        ("empty", "neither results nor runs in"),
    ],
)
def test_what_is_no_source_is_named(tree: Path, name: str, message: str) -> None:
    (tree / "empty").mkdir()
    with pytest.raises(ValueError, match=f"{message}|{re.escape(str(tree / name))} is {message}"):
        find_sources([tree / "results", tree / name])
