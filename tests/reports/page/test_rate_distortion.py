from dataclasses import replace
from math import inf, log10

import pytest
from page_examples import JPEG, OURS, codec, evaluation

from compressible.reports.page.model import Stroke
from compressible.reports.page.rate_distortion import Source, compare


def test_points_and_what_is_read_out_at_them() -> None:
    (comparison,) = compare([Source("classical.json", JPEG), Source("sweep/1", OURS, run="run-3")])
    assert comparison.title == "kodak: 1 picture"
    ms_ssim, psnr, _ = comparison.charts
    ours, jpeg = psnr.series
    assert (ours.name, ours.stroke, ours.runs) == ("ours", Stroke.BOLD, ("run-3",) * 3)
    assert (jpeg.name, jpeg.stroke, jpeg.runs) == ("JPEG 4:4:4", Stroke.DOTTED, (None,) * 3)
    assert (jpeg.x, jpeg.y) == ((0.2, 0.4, 0.8), (25, 28, 32))
    assert ours.notes[1] == ("ours-2", "0.2000 bits per pixel", "PSNR 28.00 dB", "setting 2", "from sweep/1")
    assert ms_ssim.series[0].y == pytest.approx([-10 * log10(1 - value) for value in (0.90, 0.95, 0.98)])
    assert ms_ssim.series[0].notes[0][2] == "MS-SSIM 0.9000"
    assert [series.colour for series in ms_ssim.series] == [series.colour for series in psnr.series]
    assert len(comparison.settings.markdown.splitlines()) == 2 + 6


def test_the_same_measured_again_counts_once_and_anything_else_stands_beside_it() -> None:
    """Times differ from run to run; a rate that differs is another measurement."""
    again = evaluation(codec("jpeg444", 5, 0.2, 25, 0.90, seconds=9.0), codec("jpeg444", 10, 0.41, 28, 0.95))
    (comparison,) = compare([Source("first", JPEG), Source("second", again)])
    first, second = comparison.charts[1].series
    assert (first.name, len(first.x)) == ("JPEG 4:4:4", 3)
    assert (second.name, second.x, second.stroke) == ("jpeg444 (second)", (0.41,), Stroke.DOTTED)
    assert "jpeg444-10 (second)" in comparison.settings.markdown


def test_a_model_measured_twice_under_two_names_is_one_point_and_of_its_run() -> None:
    """A result file calls the models of one kind by one name, where each run has its own."""
    models = [replace(codec("vector", i, 0.1 * i, 20 + i), details={"hash": f"{i}" * 16}) for i in (1, 2)]
    alone = replace(models[1], family="vector-2", images=(replace(models[1].images[0], encode_seconds=9.0),))
    larger = replace(alone, images=(replace(alone.images[0], file=0.3),))
    file, run = Source("a.json", evaluation(*models)), Source("vector-2", evaluation(alone), "run-0")
    for sources in ([file, run], [file, run, run]):
        (comparison,) = compare(sources)
        (vector,) = comparison.charts[1].series
        assert (vector.name, vector.x, vector.runs) == ("vector", (0.1, 0.2), (None, "run-0"))
        assert vector.notes[1][-1] == "from vector-2"
    (comparison,) = compare([file, Source("b.json", evaluation(larger))])
    assert [(one.name, one.x) for one in comparison.charts[1].series] == [("vector", (0.1, 0.2)), ("vector-2", (0.3,))]


def test_the_runs_of_a_sweep_are_points_of_one_curve() -> None:
    """Models of one name, told apart by what they are, not by how they came out."""
    runs = [evaluation(replace(codec("net", i, 0.1 * i, 20 + i), codec="net")) for i in (2, 1, 3)]
    (comparison,) = compare([Source(f"sweep/{i}", one, run=f"run-{i}") for i, one in enumerate(runs)])
    (net,) = comparison.charts[1].series
    assert (net.y, net.runs) == ((21, 22, 23), ("run-1", "run-0", "run-2"))
    assert [note[0] for note in net.notes] == ["net (sweep/1)", "net", "net (sweep/2)"]


def test_other_pictures_are_another_comparison() -> None:
    elsewhere = evaluation(codec("ours", 1, 0.1, 25), dataset="urban100")
    assert [one.title for one in compare([Source("a", OURS), Source("b", elsewhere), Source("c", JPEG)])] == [
        "kodak: 1 picture",
        "urban100: 1 picture",
    ]
    assert compare([]) == ()


def test_a_point_that_cannot_be_drawn_is_left_out() -> None:
    """Pictures that came back exactly, or are too small for MS-SSIM."""
    perfect = evaluation(codec("ours", 1, 0.1, 25, None), codec("ours", 2, 9.0, inf, None))
    (comparison,) = compare([Source("a", perfect)])
    assert [chart.title for chart in comparison.charts] == ["PSNR in dB", "SSIM"]
    assert comparison.charts[0].series[0].x == (0.1,)


def test_an_axis_always_has_marks() -> None:
    """The usual round ones, or where these are too far apart those of the data."""
    (wide,) = compare([Source("a", OURS)])
    assert {tick.label for tick in wide.charts[0].x.ticks} >= {"0.1", "0.2", "0.3"}
    assert wide.charts[0].y.ticks[0].at == pytest.approx(-10 * log10(1 - float(wide.charts[0].y.ticks[0].label)))
    near = evaluation(codec("ours", 1, 0.312, 25, 0.9423), codec("ours", 2, 0.345, 25, 0.9512))
    (comparison,) = compare([Source("a", near)])
    chart = comparison.charts[0]
    assert [(tick.at, tick.label) for tick in chart.x.ticks] == [(0.312, "0.312"), (0.345, "0.345")]
    assert [tick.label for tick in chart.y.ticks] == ["0.9423", "0.9512"]
    assert [tick.at for tick in chart.y.ticks] == list(chart.series[0].y)
    (lone,) = compare([Source("a", evaluation(codec("ours", 1, 0.312, 25)))])
    assert len(lone.charts[0].x.ticks) == 1
