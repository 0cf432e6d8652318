from dataclasses import replace
from pathlib import Path

import pytest

from autoencoder_runs import ALONE, CIFAR, PAIR, result, write_run
from compressible.reports.autoencoding_table import Entry, autoencoding_table, order, read_entries
from compressible.reports.schema import SchemaError


def cells(table: str, label: str) -> list[str]:
    (line,) = [line for line in table.splitlines() if line.startswith(f"| {label} |")]
    return [cell.strip() for cell in line.strip("| ").split("|")]


def test_means_and_deviations_over_three_seeds() -> None:
    entries = [Entry("dq", seed, 1500, result(bits, PAIR)) for seed, bits in enumerate((3.0, 3.1, 3.2))]
    own = cells(autoencoding_table(entries), "depthwise (DQ)")
    assert own[1:5] == ["1.87", "1500", "3", "3.1000 ± 0.1000"]
    assert own[7] == "3.1750 ± 0.1000", "decoder and codes together"
    means = ("1.7500", "3.4000", "75.0000", "0.3000", "0.2500", "0.0500")
    assert own[10:] == [f"{value} ± 0.0000" for value in means]


def test_what_there_is_not_is_no_number() -> None:
    table = autoencoding_table([Entry("vq", 0, 1500, result(None, ALONE)), Entry("dq", 0, 1500, result(3.0, PAIR))])
    own = cells(table, "VQ, one codebook")
    assert [own[i] for i in (4, 7, 13, 14, 15)] == 5 * ["n/a"]
    assert table.index("depthwise") < table.index("VQ, one"), "rows have their order"


def test_numbers_in_names_count_as_numbers() -> None:
    names = ["K64-D8", "K4-D64", "vq_copies-K4-D8", "K4-D8", "vq", "dq"]
    assert sorted(names, key=order) == ["dq", "vq", "K4-D8", "K4-D64", "K64-D8", "vq_copies-K4-D8"]


def test_a_row_is_named_as_its_runs_but_for_the_seed(tmp_path: Path) -> None:
    names = {"dq": 0, "dq-1": 1, "K16-D64": 0, "vq_copies-12": 12}
    runs = [write_run(tmp_path / name, name, result(3.0 + seed, PAIR), seed) for name, seed in names.items()]
    found = read_entries(runs)
    assert [(entry.row, entry.seed) for entry in found] == [("dq", 0), ("dq", 1), ("K16-D64", 0), ("vq_copies", 12)]
    assert [entry.result.scores.decoder_bits for entry in found] == [3.0, 4.0, 3.0, 15.0]
    assert {entry.steps for entry in found} == {1500}


@pytest.mark.parametrize(
    ("name", "seed", "steps", "sha256", "words"),
    [
        ("dq", 0, 1500, "a", "several runs of dq with one seed"),
        ("dq-1", 1, 1400, "a", "runs of dq have different numbers of steps"),
        ("vq", 0, 1500, "b", "different images"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    name: str, seed: int, steps: int, sha256: str, words: str, tmp_path: Path
) -> None:
    first = write_run(tmp_path / "first", "dq", result(3.0, PAIR))
    other = result(3.0, PAIR, dataset=replace(CIFAR, sha256=64 * sha256))
    with pytest.raises(ValueError, match=words):
        read_entries([first, write_run(tmp_path / "second", name, other, seed, steps)])


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="cannot be read"):
        read_entries([tmp_path])
