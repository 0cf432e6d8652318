"""The table of the static prior, from records made up here."""

from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import pytest

from compressible.reports.environment import Dataset
from compressible.reports.schema import load, save
from compressible.reports.static_prior_table import Entry, entry_of, features_sentence, read_entries, summary, table
from static_prior_runs import RECORD, runs


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:] if line]


def test_a_row_a_cut_and_number_of_codes_beside_the_published_one(tmp_path: Path) -> None:
    records = [
        replace(RECORD, axis=axis, codes=codes, seed=seed, error=0.25 + 0.01 * seed)
        for codes in (1024, 32, 256)
        for axis in ("channel", "space")
        for seed in (1, 0, 2)
    ]
    entries = read_entries(runs(tmp_path, *records))
    assert [entry.seed for entry in entries] == 6 * [0, 1, 2]
    found = rows(table(entries))
    assert [row[:4] for row in found] == [
        ["runs of positions", "32", "0.192", "1.98"],
        ["slices of channels", "32", "0.184", "2.53"],
        ["runs of positions", "256", "n/a", "n/a"],
        ["slices of channels", "256", "n/a", "n/a"],
        ["runs of positions", "1024", "0.523", "3.64"],
        ["slices of channels", "1024", "0.480", "3.99"],
    ]
    errors = (0.25, 0.26, 0.27)
    assert found[0][4] == f"{mean(errors):.3g} ± {stdev(errors):.3g}"
    assert found[0][5:] == [
        "0.1250 ± 0.0000",
        "4.500 ± 0.000",
        "3.119 ± 0.000",
        "75.0%",
        "0.500 ± 0.000",
        "0.400 ± 0.000",
        "0.100 ± 0.000",
        "-2.00%",
        "3",
    ]


def test_one_run_has_no_spread() -> None:
    ((*cells,),) = rows(table([entry_of(RECORD)]))
    assert cells[4:8] == ["0.25", "0.1250", "4.500", "3.119"]
    assert cells[-1] == "1"


def test_the_report_says_whose_features_they_are() -> None:
    sentence = features_sentence([entry_of(RECORD)])
    assert "layer `stages` of a `ResNet` with weights `0000000000000000`" in sentence
    assert "100 pictures" in sentence
    with pytest.raises(ValueError, match="no runs"):
        features_sentence([])


def test_the_summary_of_a_run() -> None:
    assert rows(summary(entry_of(RECORD))) == [["0.1250", "4.500", "75.0%", "0.500", "0.100"]]


def test_a_run_of_one_part_has_nowhere_to_settle() -> None:
    assert entry_of(replace(RECORD, course=(0.5,))).settling == 0
    assert entry_of(replace(RECORD, course=(0.0, 0.0))).settling == 0


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"network": "1" * 16, "seed": 1}, "different networks"),
        ({"images": 99, "seed": 1}, "different"),
        ({"layer": "stages.1", "seed": 1}, "different networks"),
        ({}, "twice"),
        ({"seed": 1, "dataset": Dataset("cifar, held out", "a" * 64, 1, ())}, "for choosing"),
    ],
)
def test_what_does_not_belong_together_is_refused(other: dict, words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        read_entries(runs(tmp_path, RECORD, replace(RECORD, **other)))


def test_entries_are_a_list_that_is_read_back(tmp_path: Path) -> None:
    entries = (entry_of(RECORD),)
    save(tmp_path / "static_prior.json", entries)
    assert load(tmp_path / "static_prior.json", tuple[Entry, ...]) == entries
