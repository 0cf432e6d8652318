from dataclasses import replace

from autoencoder_runs import ALONE, PAIR, result
from compressible.reports.autoencoding import Scores
from compressible.reports.autoencoding_levels import levels_table
from compressible.reports.autoencoding_table import Entry
from compressible.reports.tables import read_markdown


def test_a_row_a_level_by_hand() -> None:
    """4 codes are 2 bits: at the top 2 x 16 places of them in 3,072 numbers, and 2 x 64 below."""
    top = replace(PAIR, places=16, swapped=Scores(3.25, 0.005, 0.1))
    entries = [
        Entry("dq", seed, 9, result(bits, top, replace(PAIR, swapped=Scores(5.0 + seed, 0.05, 1.0))))
        for seed, bits in enumerate((3.0, 3.5))
    ]
    (table,) = read_markdown(levels_table([*entries, Entry("vq", 0, 9, result(2.0, ALONE))]))
    shared = ("1.7500", "3.4000", "75.0000")
    rates = [(f"{2 * places * 2 / 3072:.4f}", f"{places * 3.6 / 3072:.4f}") for places in (16, 64)]
    assert list(table.rows) == [
        ("depthwise (DQ)", "1", "2 x 16", *shared, *rates[0], "3.2500", "3.2500", "4.0000", "5.0000", "2"),
        ("depthwise (DQ)", "2", "2 x 64", *shared, *rates[1], "3.2500", "5.5000", "4.0000", "50.0000", "2"),
    ]


def test_without_a_likelihood_there_are_errors_alone() -> None:
    level = replace(PAIR, swapped=Scores(None, 0.005, 0.1))
    (table,) = read_markdown(levels_table([Entry("dq", 0, 9, result(None, level, level))]))
    assert [row[8:12] for row in table.rows] == 2 * [("n/a", "n/a", "4.0000", "5.0000")]


def test_of_one_level_there_is_nothing_to_say() -> None:
    assert levels_table([Entry("vq", 0, 9, result(2.0, ALONE))]) == ""
