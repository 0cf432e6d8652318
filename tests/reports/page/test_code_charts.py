from page_examples import MOMENTS

from compressible.reports.codebook_records import ChannelEntropies
from compressible.reports.index_records import IndexRecord, VectorHistogram
from compressible.reports.page.code_charts import code_charts
from compressible.reports.page.logs import Log


def test_histograms_of_the_moments_beside_each_other() -> None:
    (chart,) = code_charts([Log("a", {}, MOMENTS, run="run-0"), Log("b", {})])
    before, after = chart.series
    assert (before.name, before.y) == ("after 0 steps", (1, 2, 1))
    assert (after.name, after.y, after.runs) == ("after 20 steps", (0, 3, 1), ("run-0",) * 3)
    assert after.notes[1] == (
        "after 20 steps",
        "index 1, center 0",
        "3 weights (75.00%)",
        "0.500 bits per weight in all",
    )
    assert chart.note == "All 4 weights."


def test_of_several_codebooks_the_largest() -> None:
    small, large = VectorHistogram((0.0,), (5,)), VectorHistogram((0.0, 1.0), (3, 4))
    (chart,) = code_charts([Log("a", {}, (IndexRecord("s", 0, 1.0, (small, large)),))])
    assert chart.series[0].y == (3, 4)
    assert chart.note == "The largest of 2 codebooks, 7 of 12 weights."


def test_entropies_of_the_channels() -> None:
    channels = (ChannelEntropies(0, (1.0, 2.0), (1.5, 2.5)), ChannelEntropies(1, (3.0,), None))
    both, hard = code_charts([Log("a", {}, channels=channels)])
    assert [series.y for series in both.series] == [(1.0, 2.0), (1.5, 2.5)]
    assert [series.y for series in hard.series] == [(3.0,)]
    assert "bottleneck 1" in hard.title
