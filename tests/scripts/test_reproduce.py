"""The script that reproduces tables, from results and from runs, and what is committed of it."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import reproduce
from compressible.reports.markers import fill, marked
from compressible.reports.reproduction.catalogue import TARGETS
from compressible.reports.reproduction.rendering import as_csv, as_latex
from compressible.reports.reproduction.writing import OVERVIEW, overview, section
from compressible.reports.schema import save
from ltc_runs import entry, write_run


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's own results, page and images are others."""
    (tmp_path / "own").mkdir()
    page = tmp_path / "docs" / "reproduction.md"
    paper = tmp_path / "docs" / "papers" / "ltc.md"
    paper.parent.mkdir(parents=True)
    page.write_text("# Page\n<!-- table ltc -->\n<!-- end -->\n<!-- table reproduction -->\n<!-- end -->\n")
    paper.write_text("<!-- table ltc -->\n<!-- end -->\n<!-- table of_others -->\nkept\n<!-- end -->\n")
    monkeypatch.setattr(reproduce, "RESULTS", tmp_path / "own")
    monkeypatch.setattr(reproduce, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(reproduce, "IMAGES", tmp_path / "docs" / "images")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        reproduce.main(arguments)
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_tables_page_and_figures_from_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "own" / "ltc.json", (entry(8, 0, 0.75, 0.004), entry(128, 0, 1.5, 0.002)))
    reproduce.main(["ltc"])
    page = (tmp_path / "docs" / "reproduction.md").read_text()
    assert "| vectors of 8, 2x, k = 8 | bits a pixel | 0.734 | 0.7500 | +0.0160 | 1 | yes |" in page
    assert "](images/ltc.png)" in page
    paper = (tmp_path / "docs" / "papers" / "ltc.md").read_text()
    assert "| vectors of 8, 2x, k = 8 | bits a pixel | 0.734 | 0.7500 | +0.0160 | 1 | yes |" in paper
    assert "](../images/ltc.png)" in paper
    assert "kept" in paper
    assert "| `shvq-table1` | SHVQ, table 1: methods of network compression | 0 | 0 | 0 | 0 | 23 |" in page
    assert (tmp_path / "docs" / "images" / "ltc.png").exists()
    tables = {path.name for path in (tmp_path / "own" / "reproduction").iterdir()}
    assert tables == {
        "ltc.md",
        *(f"ltc-{name}.{form}" for name in ("left", "right", "claims") for form in ("csv", "tex")),
    }
    printed = capsys.readouterr().out
    assert "$ python train.py experiment=ltc_cifar10 budget=cpu row=ltc_vector quantizer.centers=16" in printed
    assert "row=ltc_vector quantizer.centers=128 rate.soft_weight=0\n" not in printed
    assert "compressible sweep" not in printed, "some runs are there already"


def test_nothing_is_no_mistake_and_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reproduce.main([])
    printed = capsys.readouterr().out
    assert printed.count(": no runs, in ") == len(TARGETS)
    assert "$ compressible sweep ltc_soft budget=cpu" in printed
    assert "-o results/kodak_models.json" in printed
    text = (tmp_path / "own" / "reproduction" / "dq-table2.csv").read_text()
    assert text.count("no runs") == 16


def test_runs_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = tmp_path / "outputs"
    write_run(runs / "a", entry(8, 0, 0.75, 0.004))
    write_run(runs / "b", entry(16, 0, 0.75, 0.004))
    (runs / "b" / "training.json").write_text("{}")
    before = (tmp_path / "docs" / "reproduction.md").read_text()
    reproduce.main(["ltc", "shvq-fig1", "--runs", str(runs)])
    printed = capsys.readouterr().out
    assert "ltc: 1 runs\n" in printed
    assert "left out: " in printed
    assert f"-o {runs / 'results'}/kodak_models.json" in printed
    assert (runs / "results" / "ltc.json").exists()
    assert "](ltc.png)" in (runs / "results" / "reproduction" / "ltc.md").read_text()
    assert (runs / "results" / "reproduction" / "ltc.png").exists()
    assert not list((tmp_path / "own").iterdir()), "the project's own results stay as they are"
    assert (tmp_path / "docs" / "reproduction.md").read_text() == before
    reproduce.main(["ltc", "--runs", str(runs), "--results", str(tmp_path / "own")])
    assert (tmp_path / "own" / "ltc.json").exists()
    assert (tmp_path / "docs" / "reproduction.md").read_text() != before


def test_mistakes_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there are shvq-fig1, " in refused(capsys, "table9")
    assert "no folder" in refused(capsys, "--runs", str(tmp_path / "nowhere"))
    assert "no folder" in refused(capsys, "--results", str(tmp_path / "nowhere"))
    (tmp_path / "own" / "table1.json").write_text('[{"row": 1}]')
    assert "table1.json" in refused(capsys, "shvq-table1")


def test_runs_that_do_not_go_together_stop_their_own_table_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A short trial stays beside the run that counts."""
    runs = tmp_path / "outputs"
    for folder in ("smoke", "cpu"):
        write_run(runs / folder, entry(8, 0, 0.75, 0.004))
    with pytest.raises(SystemExit) as stopped:
        reproduce.main(["ltc", "shvq-fig1", "dq-fig3", "--runs", str(runs)])
    assert stopped.value.code == 2
    printed = capsys.readouterr()
    assert printed.err == (
        "ltc: there are several runs of ltc_vector-k8-alpha0-0; name the folders of the runs that count with --runs\n"
    )
    assert all(f"{name}: no runs, in " in printed.out for name in ("shvq-fig1", "dq-fig3"))
    assert "ltc:" not in printed.out
    assert not (runs / "results" / "reproduction" / "ltc.md").exists()
    reproduce.main(["ltc", "--runs", str(runs / "cpu")])
    assert (runs / "cpu" / "results" / "reproduction" / "ltc.md").exists()


def helped(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    """By its table, each line of the help that tells of one."""
    reproduce.main([*arguments, "--help"])
    lines = capsys.readouterr().out.splitlines()
    return {line.split()[0]: line for line in lines if line.startswith("  ") and "(" in line}


def test_help_says_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "own" / "ltc.json", (entry(8, 0, 0.75, 0.004),))
    (tmp_path / "own" / "table1.json").write_text('[{"row": 1}]')
    lines = helped(capsys)
    assert lines["shvq-fig13"].endswith("(no runs)")
    assert "lines)" in lines["ltc"]
    assert "table1.json: " in lines["shvq-table1"], "a damaged file is told of its table alone"
    elsewhere = helped(capsys, "--results", str(tmp_path / "elsewhere"))
    assert elsewhere["ltc"].endswith("(no runs)")


TOP = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_is_committed_is_made_of_the_results_beside_it(target, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, results have changed since: make reproduce."""
    monkeypatch.undo()
    places = reproduce.places_of(TOP / "results")
    made = target.read(places.results)
    for comparison in made.comparisons:
        assert (places.tables / f"{comparison.name}.csv").read_text() == as_csv(comparison)
        assert (places.tables / f"{comparison.name}.tex").read_text() == as_latex(comparison)
    assert (places.tables / f"{target.name}.md").read_text() == section(target, made, places, places.tables)
    for page in places.pages:
        text = page.read_text()
        assert fill(text, {target.name: section(target, made, places, page.parent)}) == text
    assert sum(target.name in marked(page.read_text()) for page in places.pages) == 1, "the paper's own"


def test_the_committed_overview_is_of_the_results_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    page = (TOP / "docs" / "reproduction.md").read_text()
    made = {target: target.read(reproduce.RESULTS) for target in TARGETS}
    assert OVERVIEW in marked(page)
    assert fill(page, {OVERVIEW: overview(made)}) == page
