from collections import Counter

from compressible.reports.page.logs import Curve, Log
from compressible.reports.page.model import Stroke
from compressible.reports.page.training_charts import other_charts, training_charts

POINTS = Curve((0, 1), (1.0, 2.0))
WEIGHTS = Log("weights", dict.fromkeys(("train/sigma", "train/entropy", "val/accuracy", "odd"), POINTS), run="run-0")
IMAGES = Log("images", dict.fromkeys(("train/sigma", "gap/gap", "codebook_3/usage", "odd", "odder"), POINTS))


def test_every_metric_of_every_run_is_drawn_once() -> None:
    charts = (*training_charts([WEIGHTS, IMAGES]), *other_charts([WEIGHTS, IMAGES]))
    drawn = Counter(series.name.split(",")[0] for chart in charts for series in chart.series)
    assert drawn == {"weights": 4, "images": 5}
    titles = [chart.title for chart in charts]
    assert "Hardness of the assignment" in titles
    assert titles[-2:] == ["odd", "odder"]
    assert all((series.x, series.y) == ((0, 1), (1.0, 2.0)) for chart in charts for series in chart.series)


def test_a_run_has_one_colour_and_links_to_itself() -> None:
    charts = (*training_charts([WEIGHTS, IMAGES]), *other_charts([WEIGHTS, IMAGES]))
    of_run = {(s.name.split(",")[0], s.colour, *set(s.runs)) for chart in charts for s in chart.series}
    assert of_run == {("weights", 0, "run-0"), ("images", 1, None)}


def test_hard_and_soft_are_told_apart() -> None:
    log = Log("a", {"gap/hard_mse": POINTS, "gap/soft_mse": POINTS})
    (chart,) = training_charts([log])
    assert [(s.name, s.stroke) for s in chart.series] == [
        ("a", Stroke.PLAIN),
        ("a, soft", Stroke.DASHED),
    ]


def test_of_several_codebooks_each_is_named_and_odd_names_are_no_patterns() -> None:
    (usage,) = training_charts([Log("a", {"codebook_0/usage": POINTS, "codebook_1/usage": POINTS})])
    assert [series.name for series in usage.series] == ["a, codebook_0", "a, codebook_1"]
    (odd, other) = other_charts([Log("a", {"[x]": POINTS, "x": POINTS})])
    assert [len(odd.series), len(other.series)] == [1, 1]
