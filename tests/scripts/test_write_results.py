"""The figure of a network's indices, from a run's folder to the page's picture."""

import sys
from pathlib import Path

import pytest
from PIL import Image

from compressible.reports.index_plot import EntropyRecord
from compressible.reports.index_records import IndexRecord, VectorHistogram
from compressible.reports.schema import load, save

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import write_results


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the checkout is written, and no other figure drawn."""
    monkeypatch.setattr(write_results, "ENTROPY", tmp_path / "entropy.json")
    monkeypatch.setattr(write_results, "IMAGES", tmp_path / "images")
    for other in ("write_plots", "write_annealing", "write_tables"):
        monkeypatch.setattr(write_results, other, lambda: None)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["write_results.py", *arguments])
    write_results.main()


def test_the_entropy_of_a_run_is_kept_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "compressed"
    (folder / "csv" / "version_0").mkdir(parents=True)
    (folder / "csv" / "version_0" / "metrics.csv").write_text("step,train/entropy\n9,4.5\n19,4.0\n")
    (folder / "index_histograms").mkdir()
    moment = IndexRecord("compressible-index-histograms-1", 0, 1.0, (VectorHistogram((0.0, 1.0), (3, 3)),))
    save(folder / "index_histograms" / "step_0000000.json", moment)
    run(monkeypatch, "--entropy", str(folder))
    record = load(tmp_path / "entropy.json", EntropyRecord)
    assert (record.run, record.step, record.entropy) == ("compressed", (9, 19), (4.5, 4.0))
    drawn = tmp_path / "images" / "entropy.png"
    with Image.open(drawn) as image:
        assert image.size[0] > 1000
    drawn.unlink()
    run(monkeypatch)
    assert drawn.exists(), "from the record alone"


def test_without_a_record_there_is_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch)
    assert list((tmp_path / "images").iterdir()) == []


def test_a_folder_without_a_run_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, "--entropy", str(tmp_path / "nowhere"))
    assert stopped.value.code == 2
    assert "callbacks=weight_compression" in capsys.readouterr().err
    assert not (tmp_path / "entropy.json").exists()
