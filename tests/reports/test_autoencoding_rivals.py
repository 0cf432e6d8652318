from math import sqrt

import pytest
from scipy.stats import t

from autoencoder_runs import ALONE, PAIR, result, with_error
from compressible.reports.autoencoding_rivals import rivals_sentence, rivals_table
from compressible.reports.autoencoding_table import Entry
from compressible.reports.tables import read_markdown


def rows(entries: list[Entry]) -> list[tuple[str, ...]]:
    (table,) = read_markdown(rivals_table(entries))
    return list(table.rows)


def test_changes_seed_by_seed_by_hand() -> None:
    """Seed 3 of the rival has no counterpart, and the codes cost both 0.075 more."""
    ours = [with_error(result(bits, PAIR), 0.003) for bits in (3.0, 3.3, 2.7)]
    theirs = [result(4.0, PAIR) for _ in range(4)]
    entries = [Entry("dq", seed, 1500, own) for seed, own in enumerate(ours)]
    entries += [Entry("vq_copies", seed, 1500, own) for seed, own in enumerate(theirs)]
    # -25, -17.5 and -32.5 %, of deviation 7.5 %.
    half = t.ppf(0.975, 2) * 7.5 / sqrt(3)
    total = 4.0 / 4.075
    expected = f"{-25 * total:+.1f} ± {half * total:.1f} %"
    label = "VQ, all codebooks see one vector"
    assert rows(entries) == [(label, "-28.0 %", f"-25.0 ± {half:.1f} %", expected, "-25.0 ± 0.0 %", "3")]


def test_without_three_seeds_there_is_no_interval_and_without_one_no_number() -> None:
    entries = [
        Entry("dq", 0, 1500, result(3.0, PAIR)),
        Entry("vq", 0, 1500, result(2.5, ALONE)),
        Entry("product", 1, 1500, result(2.5, PAIR)),
        Entry("residual", 0, 1500, result(None, PAIR)),
    ]
    found = rows(entries)
    assert [row[0] for row in found] == ["VQ, one codebook", "product", "residual"]
    assert [row[1] for row in found] == 3 * ["n/a"]
    assert [row[2] for row in found] == ["+20.0 %", "n/a", "n/a"]
    assert [row[-1] for row in found] == ["1", "0", "1"]


@pytest.mark.parametrize("row", ["dq", "K16-D64"])
def test_nothing_is_compared_with_nothing(row: str) -> None:
    entries = [Entry(row, 0, 1500, result(3.0, PAIR))]
    assert rivals_table(entries) == rivals_sentence(entries) == ""


def test_the_sentence_says_who_is_behind_and_who_is_not() -> None:
    bits = {"dq": 3.0, "vq_copies": 3.1, "vq": 2.9, "product": 3.0, "residual": None}
    sentence = rivals_sentence([Entry(row, 0, 1500, result(own, PAIR)) for row, own in bits.items()])
    assert sentence == (
        'With the codes counted, depthwise (DQ) takes fewer bits than "VQ, all codebooks see one vector" '
        'but no fewer bits than "VQ, one codebook", "product".'
    )
    assert rivals_sentence([Entry(row, 0, 1500, result(own, PAIR)) for row, own in list(bits.items())[:2]]) == (
        'With the codes counted, depthwise (DQ) takes fewer bits than "VQ, all codebooks see one vector".'
    )
