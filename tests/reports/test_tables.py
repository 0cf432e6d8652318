from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from compressible.reports.comparison import curves, results
from compressible.reports.environment import Dataset, Environment
from compressible.reports.evaluation import SCHEMA, CodecResult, Evaluation, ImageResult
from compressible.reports.tables import (
    Cells,
    bd_rate_table,
    markdown,
    read_markdown,
    same_rate_table,
    settings_table,
)


def image(name: str, bpp: float, psnr: float, ms_ssim: float | None, seconds: float = 0.001) -> ImageResult:
    return ImageResult(name, 64, 64, None, None, bpp, psnr, 0.5, ms_ssim, seconds, 2 * seconds)


def codec(family: str, setting: int, bpp: float, psnr: float, ms_ssim: float | None) -> CodecResult:
    """Two pictures whose means are the given values."""
    low = None if ms_ssim is None else ms_ssim - 0.01
    high = None if ms_ssim is None else ms_ssim + 0.01
    images = (image("a.png", bpp * 0.5, psnr - 1, low), image("b.png", bpp * 1.5, psnr + 1, high, 0.003))
    return CodecResult(family, f"{family}-{setting}", {}, images)


def evaluation(*codecs: CodecResult, sha256: str = "00") -> Evaluation:
    environment = Environment("x", None, "2020-01-01", "cpu", 1, "Linux", {})
    return Evaluation(SCHEMA, environment, Dataset("two", sha256, 2), codecs)


OURS = evaluation(
    codec("ours", 1, 0.1, 25.0, 0.90), codec("ours", 2, 0.4, 31.0, 0.97), codec("ours", 3, 1.6, 40, 0.989)
)
THEIRS = evaluation(codec("jpeg444", 5, 0.2, 25.0, 0.90), codec("jpeg444", 20, 0.8, 31.0, 0.97))


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_settings() -> None:
    table = rows(settings_table([OURS, THEIRS]))
    assert table[0] == ["codec", "bpp (file)", "PSNR dB", "SSIM", "MS-SSIM", "encode ms", "decode ms"]
    assert table[2] == ["ours-1", "0.1000", "25.00", "0.5000", "0.9000", "2", "4"]
    assert len(table) == 2 + 5


def test_a_missing_metric_is_not_available() -> None:
    tiny = evaluation(codec("ours", 1, 0.1, 25.0, None), codec("ours", 2, 0.4, 31.0, None))
    assert rows(settings_table([tiny]))[2][4] == "n/a"
    table = rows(bd_rate_table([tiny, THEIRS], "ours"))
    assert table[2] == ["JPEG 4:4:4", "-50.0 %", "n/a"]
    assert len(rows(same_rate_table([tiny, THEIRS], "ours", "ms_ssim"))) == 2


def test_half_the_bits_are_minus_fifty_per_cent() -> None:
    half = evaluation(*OURS.codecs[:2])
    assert rows(bd_rate_table([half, THEIRS], "ours"))[2] == ["JPEG 4:4:4", "-50.0 %", "-50.0 %"]
    assert rows(bd_rate_table([half, THEIRS], "jpeg444"))[2] == ["ours", "+100.0 %", "+100.0 %"]


def test_no_shared_range_is_not_available() -> None:
    better = evaluation(codec("webp", 1, 0.1, 50.0, 0.99), codec("webp", 2, 0.2, 51.0, 0.992))
    assert rows(bd_rate_table([OURS, better], "ours"))[2] == ["WebP", "n/a", "n/a"]


def test_at_the_same_rate() -> None:
    """At 0.1 the JPEG spends 0.2, at 0.4 it is a third of the way from 25 to 31, and 1.6 it does not reach."""
    table = rows(same_rate_table([OURS, THEIRS], "ours", "psnr"))
    assert table[0] == ["bpp (file)", "PSNR in dB: ours", "JPEG 4:4:4"]
    assert table[2:] == [
        ["0.1000", "25.00", "25.00 (at 0.200 bpp)"],
        ["0.4000", "31.00", "27.00"],
        ["1.6000", "40.00", "n/a"],
    ]


def test_only_the_same_pictures_are_compared() -> None:
    other = replace(THEIRS, dataset=Dataset("three", "11", 3))
    with pytest.raises(ValueError, match=r"same pictures can be compared, got two \(2 files\), three \(3 files\)"):
        settings_table([OURS, other])
    with pytest.raises(ValueError, match="evaluated twice"):
        results([OURS, OURS])
    with pytest.raises(ValueError, match="got none"):
        results([])


def test_a_family_in_two_files_is_one_curve() -> None:
    halves = [evaluation(codec("ours", 1, 0.1, 25.0, 0.9)), evaluation(codec("ours", 2, 0.4, 31.0, 0.97))]
    (curve,) = curves(halves, "psnr")
    assert [point.bpp for point in curve.points] == [0.1, 0.4]


def test_an_unknown_family() -> None:
    with pytest.raises(ValueError, match="no family 'bpg'; there are ours, jpeg444"):
        bd_rate_table([OURS, THEIRS], "bpg")


def test_cells_keep_their_bars() -> None:
    assert markdown(("a|b", "c"), [("1", "2")]) == "| a\\|b | c |\n| --- | ---: |\n| 1 | 2 |\n"


CELLS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["C", "Zl", "Zp"]), max_size=6)
TABLES = st.integers(1, 3).flatmap(
    lambda columns: st.builds(
        Cells,
        st.tuples(*[CELLS] * columns),
        st.lists(st.tuples(*[CELLS] * columns), max_size=3).map(tuple),
    )
)


@given(st.lists(TABLES, min_size=1, max_size=3))
def test_tables_are_read_as_they_were_written(tables: list[Cells]) -> None:
    text = "".join(f"{markdown(table.header, table.rows)}\n\n" for table in tables)
    assert read_markdown(text) == tuple(tables)


def test_tables_are_read_as_markdown_is() -> None:
    text = "Words.\n\n| a | b \\| c |\n| --- | ---: |\n| 1 | 2\\|3 |\n|  | n/a |\n\n\n| d |\n| --- |\n| 4 |\n"
    tokens = MarkdownIt().enable("table").parse(text)
    cells = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type in ("th_open", "td_open")]
    tables = read_markdown(text)
    assert [cell for table in tables for row in (table.header, *table.rows) for cell in row] == cells
    assert tables == (Cells(("a", "b | c"), (("1", "2|3"), ("", "n/a"))), Cells(("d",), (("4",),)))
