import pytest
from matplotlib.container import BarContainer

from compressible.reports.codebook_plot import codebook_figure
from compressible.reports.codebook_records import ChannelEntropies


def test_a_panel_for_each_bottleneck_and_a_bar_for_each_channel() -> None:
    figure = codebook_figure(
        [ChannelEntropies(0, (1.0, 2.5, 0.0), (1.5, 2.75, 0.5)), ChannelEntropies(2, (3.0, 0.25), None)]
    )
    first, second = figure.axes
    heights = [
        [bar.get_height() for container in axes.containers if isinstance(container, BarContainer) for bar in container]
        for axes in (first, second)
    ]
    assert heights == [[1.0, 2.5, 0.0], [3.0, 0.25]]
    (soft,) = first.lines
    assert list(soft.get_ydata()) == [1.5, 2.75, 0.5]  # pyright: ignore[reportArgumentType]
    assert not second.lines, "no soft assignments"
    assert [axes.get_title() for axes in figure.axes] == ["bottleneck 0", "bottleneck 2"]


def test_a_figure_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        codebook_figure([])
