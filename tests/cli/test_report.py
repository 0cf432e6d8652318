"""``report``."""

import re
from html import unescape
from pathlib import Path

import pytest
from command_outcome import Command
from PIL import Image

from compressible.reports.environment import Environment
from compressible.reports.schema import save
from compressible.runs import Progress, RunStatus, occupied, write_progress
from tiny_model import noise


@pytest.fixture
def results(command: Command, tmp_path: Path) -> Path:
    """Results of two pictures, which lie beside them."""
    (tmp_path / "pictures").mkdir()
    for i in range(2):
        Image.fromarray(noise(64, 80, seed=i)).save(tmp_path / "pictures" / f"{i}.png")
    folder = tmp_path / "results"
    folder.mkdir()
    assert command("evaluate", tmp_path / "pictures", "-c", "jpeg420", "-o", folder / "a.json").code == 0
    return folder


def test_results_runs_and_pictures(command: Command, results: Path, model: Path, tmp_path: Path) -> None:
    run = tmp_path / "outputs" / "run"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("beta: 0.125\n")
    (results / "other.json").write_text("{}")
    page = tmp_path / "report.html"
    pictures = ("--pictures", tmp_path / "pictures", "--at-most", 1, "-m", model, "-c", "jpeg420", "-e", "static")
    done = command("report", results, tmp_path / "outputs", "-o", page, "--title", "A & B", *pictures)
    assert (done.code, done.err) == (0, "")
    size, unshown, note = done.out.splitlines()
    assert size == f"{page}: {page.stat().st_size / 1e6:.1f} MB"
    assert unshown == f"{results / 'other.json'}: of no kind that is shown, or of another version"
    assert "1 of 2 pictures" in note
    html = page.read_text()
    assert "<h1>A &amp; B</h1>" in html
    assert "beta: 0.125" in html
    assert "jpeg420-q10" in html
    assert len(re.findall(r"<dd>[\d,]+ bytes, ", html)) == 2, "ours and the classical codec's"
    assert note in unescape(html)


def test_without_arguments_it_shows_the_results_here(
    command: Command, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(results.parent)
    assert command("report").code == 0
    assert "jpeg420-q10" in (results.parent / "report.html").read_text()


def test_how_runs_stand(command: Command, results: Path, tmp_path: Path) -> None:
    """By what each process left, and whether it lives; one whose lock cannot be asked for, by what it said last."""
    environment = Environment("train.py", None, "2026-01-01", "cpu", 2, "Linux", {})
    states = {"done": "done", "failed": "failed", "killed": "running", "alive": "running", "strange": "running"}
    for name, state in states.items():
        run = tmp_path / "outputs" / name
        run.mkdir(parents=True)
        (run / "config.yaml").write_text("a: 1\n")
        error = "Traceback:\n  line 3\nValueError: a < b\n" if state == "failed" else None
        save(run / "status.json", RunStatus("compressible-run-1", state, "0", environment, "host", 1, error=error))
        write_progress(run, Progress(1200, 5000, None))
    (tmp_path / "outputs" / "strange" / ".lock").mkdir()
    page = tmp_path / "report.html"
    with occupied(tmp_path / "outputs" / "alive"):
        assert command("report", results, tmp_path / "outputs", "-o", page).code == 0
    html = page.read_text()
    assert dict(re.findall(r"<summary>(\w+)<small> · (.*?)</small>", html)) == {
        "alive": "running, 1,200 of 5,000 steps",
        "done": "done",
        "failed": "failed, 1,200 of 5,000 steps",
        "killed": "interrupted, 1,200 of 5,000 steps",
        "strange": "running, 1,200 of 5,000 steps",
    }
    assert re.findall(r'<p class="error">(.*?)</p>', html) == ["ValueError: a &lt; b"]


def test_a_run_whose_state_cannot_be_read_is_told_and_left_out(command: Command, results: Path, tmp_path: Path) -> None:
    for name in ("good", "strange"):
        (tmp_path / "outputs" / name).mkdir(parents=True)
        (tmp_path / "outputs" / name / "config.yaml").write_text("a: 1\n")
    (tmp_path / "outputs" / "strange" / "status.json").write_text('{"schema": "compressible-run-9"}')
    page = tmp_path / "report.html"
    done = command("report", results, tmp_path / "outputs", "-o", page)
    assert (done.code, done.err) == (0, "")
    assert f"{tmp_path / 'outputs' / 'strange'}: " in done.out
    assert re.findall(r"<summary>(\w+)<small>", page.read_text()) == ["good"]


def test_mistakes(command: Command, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "report.html"
    monkeypatch.chdir(tmp_path / "pictures")
    command("report", "-o", page).assert_refused(2, "no file or folder results")
    command("report", results, "-o", tmp_path).assert_refused(2, "cannot be written")
    command("report", results, "-o", page, "-c", "webp").assert_refused(2, "--pictures")
    command("report", results, "-o", page, "-p", "0.png", "-c", "gif").assert_refused(2, "no codec family 'gif'")
    command("report", results, "-o", page, "-p", "9.png").assert_refused(1, "9.png")
    command("report", results, "-o", page, "-p", "0.png", "-m", "nothing").assert_refused(2, "no model 'nothing'")
    (results / "b.json").write_text("{")
    command("report", results, "-o", page).assert_refused(1, "b.json is not JSON")
    assert not page.exists()


def test_without_the_plotting_library_it_says_how_to_get_it(
    command: Command, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    command("report", results, "-o", tmp_path / "a.html").assert_refused(2, "pip install 'compressible[report]'")
