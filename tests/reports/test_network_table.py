"""Table 1 from records made up here."""

from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from compressible.reports.environment import Dataset, Environment
from compressible.reports.network_accuracy import Accuracy, CodedSize, CompressedAccuracy
from compressible.reports.network_table import (
    METHODS,
    Entry,
    compressed_entry,
    difference,
    load_entries,
    original_entry,
    table,
)
from compressible.reports.schema import save

ENVIRONMENT = Environment("train", None, "2026-01-01", "cpu", 2, "Linux", {})
IMAGES = 1000
SOFT_TO_HARD = METHODS[-1]


def accuracy(mistakes: tuple[int, ...], dataset: str = "a" * 64) -> Accuracy:
    share = 1 - len(mistakes) / IMAGES
    return Accuracy("s", ENVIRONMENT, "0" * 16, Dataset("cifar", dataset, 1, ()), IMAGES, share, mistakes, 4000)


def compressed(mistakes: tuple[int, ...], dataset: str = "a" * 64) -> CompressedAccuracy:
    coded = (
        CodedSize("huffman", 300, 13.0, 19.0),
        CodedSize("range", 200, 20.0, 22.0),
        CodedSize("context", 160, 25.0, 27.0),
    )
    return CompressedAccuracy("s", accuracy(mistakes, dataset), 1000, 75, coded)


def test_answers_are_compared_image_by_image() -> None:
    entry = compressed_entry(SOFT_TO_HARD, compressed((1, 2, 3, 4)), 7, accuracy((3, 4, 5)))
    assert entry == Entry("soft_to_hard", 7, 0.996, 0.997, 22.0, 20.0, 200, 25.0, 160, IMAGES, gained=1, lost=2)
    huffman = compressed_entry(METHODS[-2], compressed((1,)), 7, accuracy((1,)))
    assert (huffman.bytes, huffman.paper_factor) == (300, 19.0)
    with pytest.raises(ValueError, match="sparse"):
        compressed_entry(METHODS[1], compressed(()), 0, accuracy(()))
    no_contexts = replace(compressed(()), coded=compressed(()).coded[:2])
    with pytest.raises(ValueError, match="context"):
        compressed_entry(SOFT_TO_HARD, no_contexts, 0, accuracy(()))
    with pytest.raises(ValueError, match="different images"):
        compressed_entry(SOFT_TO_HARD, compressed(()), 0, accuracy((), "b" * 64))


def test_the_interval_is_that_of_paired_answers() -> None:
    """Against the scores +1, 0, -1 written out."""
    scores = np.array([1] * 10 + [-1] * 30 + [0] * (IMAGES - 40))
    entry = compressed_entry(SOFT_TO_HARD, compressed(tuple(range(10, 40))), 0, accuracy(tuple(range(10))))
    found = difference([entry])
    assert found.mean == pytest.approx(scores.mean())
    assert found.half_width == pytest.approx(1.96 * scores.std() / sqrt(IMAGES))


def test_means_over_seeds() -> None:
    original = accuracy(tuple(range(100)))
    entries = [
        compressed_entry(SOFT_TO_HARD, compressed(tuple(range(lost))), seed, original)
        for seed, lost in enumerate((110, 120))
    ]
    assert difference(entries).mean == pytest.approx(-0.015)
    text = table([original_entry(original, 0, 464154), *entries])
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:] if line]
    assert [row[0] for row in rows] == ["original", "soft-to-hard, arithmetic coding"]
    assert rows[0][3] == "90.00%"
    assert rows[0][6] == f"{4 * 464154 / 4000:.2f}"
    assert rows[1][1:4] == ["92.1 %", "20.15", "88.50%"]
    assert rows[1][4].startswith("-1.50 ±")
    assert rows[0][8:10] == ["", ""]
    assert rows[1][5:] == ["22.00", "20.00", "200", "25.00", "160", "2"]


def test_entries_are_a_list_that_is_read_back(tmp_path: Path) -> None:
    entries = (compressed_entry(SOFT_TO_HARD, compressed((1,)), 0, accuracy((2,))),)
    save(tmp_path / "table1.json", entries)
    assert load_entries(tmp_path / "table1.json") == entries
