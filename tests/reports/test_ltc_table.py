from dataclasses import replace
from pathlib import Path

import pytest

from compressible.reports.ltc_points import MATCHED, SCALARS, VECTORS
from compressible.reports.ltc_table import Entry, checked, points_of, read_entry, runs_table
from ltc_runs import entry, on_held_out_images, on_other_images, write_run


def cells(table: str, label: str) -> list[str]:
    (line,) = [line for line in table.splitlines() if line.startswith(f"| {label} |")]
    return [cell.strip() for cell in line.strip("| ").split("|")]


def test_runs_are_read(tmp_path: Path) -> None:
    runs = [entry(8, 0.001, 0.7, 0.004), replace(entry(8, 0, 0.7, 0.004, MATCHED[1]), minutes=None)]
    assert [read_entry(write_run(tmp_path / str(i), run)) for i, run in enumerate(runs)] == runs
    assert [run.form for run in runs] == [VECTORS, MATCHED[1]], "one channel is a scalar"


@pytest.mark.parametrize("text", [None, "rate: {}\n", "rate: [", "rate:\n  soft_weight: high\n"])
def test_a_run_without_alpha_is_told(text: str | None, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", entry(8, 0, 0.7, 0.004))
    config = folder / "config.yaml"
    config.unlink() if text is None else config.write_text(text)
    with pytest.raises(ValueError, match=r"config\.yaml has no rate\.soft_weight"):
        read_entry(folder)


ONE, OTHER = entry(8, 0, 0.7, 0.004), entry(128, 0, 1.5, 0.001)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ((ONE, ONE), "several runs of ltc_vector-k8-alpha0-0"),
        ((ONE, on_other_images(OTHER)), "different images"),
        ((on_held_out_images(ONE),), "held out"),
        ((ONE, replace(OTHER, steps=5)), "trained for 5 and 1500 steps"),
    ],
)
def test_what_cannot_be_compared_is_refused(entries: tuple[Entry, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked(entries)


def test_what_can_be_compared_is_let_through() -> None:
    assert checked((ONE, OTHER)) == (ONE, OTHER)


def test_the_table_has_means_over_seeds_beside_what_is_published() -> None:
    seeds = [entry(8, 0, bpp, 0.004, seed=i) for i, bpp in enumerate((0.70, 0.72))]
    table = runs_table([entry(8, 0, 0.7, 0.005, MATCHED[1]), entry(8, 0, 0.7, 0.003, SCALARS), *seeds])
    own = cells(table, VECTORS.label)
    assert own[1:5] == ["8", "0", "0.7340", "4.062"]
    assert own[5:9] == ["0.7100", "0.7100", "0.7455", "0.7171"]
    assert own[9:11] == ["4.000", "23.98"], "-10 log10(0.004)"
    assert own[11:13] == ["2.840", "3.340"], "four pixels to a symbol"
    assert own[-3:] == ["1500", "6.0", "2"]
    assert cells(table, MATCHED[1].label)[3:5] == ["n/a", "n/a"]
    order = [table.index(form.label) for form in (VECTORS, SCALARS, MATCHED[1])]
    assert order == sorted(order)


def test_points_are_of_coded_bytes() -> None:
    one = entry(8, 0, 0.7, 0.004)
    dearer = replace(one, result=replace(one.result, coded_bytes=2 * one.result.coded_bytes))
    (point,) = points_of([dearer])
    assert point.bpp == pytest.approx(1.4)
    assert point.squared_error == 0.004
