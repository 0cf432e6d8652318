"""What a run leaves behind for a person to look at."""

import json
from pathlib import Path

import pytest
from PIL import Image

from compressible import training
from compressible.reports.annealing_plot import annealing_figure, read_metrics
from compressible.reports.logged_values import logged_values
from small_run import configuration, write_photographs


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "run"
    photographs = write_photographs(folder.parent / "photographs")
    overrides = ("experiment=shvq_kodak", "budget=smoke", "trainer.max_steps=12", "task.stages.autoencoder=0.25")
    training.train(configuration(photographs, folder, *overrides), folder)
    return folder


def column(run: Path, name: str) -> list[float]:
    return list(logged_values(run)[name].values())


def test_rates_are_labelled_and_ordered(run: Path) -> None:
    """A file has a header, a stream ends on a whole word: estimated <= coded < file, within what those cost."""
    estimated, coded, whole = (column(run, f"val/bpp_{label}") for label in ("estimated", "coded", "file"))
    assert len(estimated) == len(coded) == len(whole) >= 2
    pixels = 64 * 64
    for e, c, f in zip(estimated, coded, whole, strict=True):
        assert e <= c <= e * 1.001 + 64 / pixels
        assert f == pytest.approx(c + 51 * 8 / pixels)


def test_entropies_in_total_and_of_every_channel(run: Path) -> None:
    """The log has a few columns however many channels there are, each validation's file the channels."""
    for kind in ("hard", "soft"):
        names = [f"codebook_0/{kind}_entropy_bits/{figure}" for figure in ("total", "mean", "min", "max")]
        total, mean, least, greatest = (column(run, name) for name in names)
        files = sorted((run / "codebooks").glob("step_*.json"))
        assert len(files) == len(total) >= 2
        for i, file in enumerate(files):
            (bottleneck,) = json.loads(file.read_text())
            channels = bottleneck[kind]
            assert len(channels) == 4
            assert (sum(channels), min(channels), max(channels)) == pytest.approx(
                (total[i], least[i], greatest[i]), abs=1e-5
            )
            assert mean[i] == pytest.approx(total[i] / 4)
            assert 0 <= least[i] <= greatest[i] <= 4, "of 16 symbols"
    assert len([name for name in logged_values(run) if name.startswith("codebook_0/")]) == 10
    assert 0 < column(run, "codebook_0/usage")[-1] <= 1


def test_soft_and_hard_entropy_sigma_and_gap_are_logged(run: Path) -> None:
    for name in ("sigma", "bpp_soft", "bpp_estimated", "distortion", "loss"):
        assert column(run, f"train/{name}"), name
    soft, hard, gap = (column(run, f"gap/{name}") for name in ("soft_mse", "hard_mse", "gap"))
    assert gap == pytest.approx([h - s for h, s in zip(hard, soft, strict=True)], abs=1e-6)


def test_reconstructions_show_originals_above(run: Path) -> None:
    sheets = sorted((run / "reconstructions").glob("*.png"))
    assert len(sheets) >= 2
    with Image.open(sheets[-1]) as sheet:
        assert sheet.height == 2 * 64


def test_annealing_figure_has_every_measurement(run: Path) -> None:
    record = read_metrics("test", run)
    assert list(record.step) == sorted(record.step)
    figure = annealing_figure(record)
    assert len(figure.axes[0].lines[0].get_xdata()) == len(record.step)


def test_a_run_without_gap_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "csv" / "version_0" / "metrics.csv"
    path.parent.mkdir(parents=True)
    path.write_text("step,train/loss\n1,0.5\n")
    with pytest.raises(ValueError, match="annealing=gap"):
        read_metrics("test", tmp_path)
