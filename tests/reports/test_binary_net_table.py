"""Tables of binary networks, from records made up here."""

from dataclasses import replace

from binary_net_runs import RESULT
from compressible.reports.binary_net_entries import Entry
from compressible.reports.binary_net_table import accuracy_table, controls_sentence, goal_sentence, sizes_table
from compressible.reports.run_times import RunTime


def cells(table: str, label: str) -> list[str]:
    (line,) = [line for line in table.splitlines() if line.startswith(f"| {label} |")]
    return [cell.strip() for cell in line.strip("| ").split("|")]


def test_an_arm_beside_the_published_one() -> None:
    untested = replace(RESULT, seeds=(0,), test=())
    entries = [
        Entry("codes_published", 17188, RunTime("2026-01-01T10:15:00+00:00", 2.0), RESULT),
        Entry("mine", 5, None, untested),
    ]
    assert cells(accuracy_table(entries), "codes, encoder given 0..255 by mistake")[1:] == [
        "85.2",
        "87.57",
        "n/a",
        "91.00 ± 1.00",
        "89.00 ± 1.00",
        "90.00 ± 5.00",
        "3",
        "4,736",
        "12,544",
        "12,544",
        "0",
        "17,188",
        "2.0",
    ]
    assert cells(accuracy_table(entries), "mine")[1:4] == ["n/a", "n/a", "n/a"]
    assert cells(accuracy_table(entries), "mine")[6] == "n/a"
    assert cells(accuracy_table(entries), "mine")[-1] == "n/a"
    assert cells(sizes_table(entries), "codes, encoder given 0..255 by mistake")[1:] == [
        "17,556",
        "68",
        "68.58",
        "50.66",
        "50.03",
        "196",
        "32",
        "128",
        "59 of 60",
    ]
    never = [Entry("codes_mlp", 5, None, replace(RESULT, same_packed=()))]
    assert "| not packed |" in sizes_table(never)


def test_what_the_page_does_not_say_is_not_taken_for_training() -> None:
    """98 % from pixels: of which images is not said."""
    row = cells(accuracy_table([Entry("pixels", 5, None, RESULT)]), "pixels")
    assert row[1:4] == ["n/a", "97.62", "98"]


def test_the_goal_is_for_the_best_arm_within_the_bounds_by_held_out_images() -> None:
    better = replace(RESULT, held_out=(0.97,) * 3, test=(0.951,) * 3)
    luckier = replace(RESULT, held_out=(0.96,) * 3, test=(0.99,) * 3)
    wider = replace(better, held_out=(0.99,) * 3, cost=replace(RESULT.cost, macs=12_545))
    pixels = replace(better, held_out=(0.99,) * 3, view="pixels")
    longer = replace(better, held_out=(0.99,) * 3, input_bits=197)
    arms = {"codes": RESULT, "codes_gray": better, "codes_sorted": luckier}
    arms |= {"codes_one_hot_wide": wider, "pixels": pixels, "five_bits": longer}
    sentence = goal_sentence([Entry(name, 5, None, result) for name, result in arms.items()])
    assert "Reached" in sentence
    assert "(codes, Gray labels) has 95.10 ± 0.00 %" in sentence
    assert "Not reached" in goal_sentence([Entry("codes", 5, None, RESULT)])
    assert goal_sentence([Entry("pixels", 5, None, pixels)]) == ""


def test_a_best_arm_without_binary_layers_is_said_to_be_that_beside_the_best_that_has_some() -> None:
    mlp = replace(RESULT, held_out=(0.98,) * 3, test=(0.97,) * 3, cost=replace(RESULT.cost, one_bit_macs=0))
    worse = replace(RESULT, held_out=(0.5,) * 3, test=(0.5,) * 3)
    arms = {"codes": RESULT, "codes_gray": worse, "codes_mlp": mlp}
    sentence = goal_sentence([Entry(name, 5, None, result) for name, result in arms.items()])
    assert "(codes, codebook vectors, 60 units of 32 bits, trained better) has 97.00 ± 0.00 %, without a" in sentence
    assert sentence.endswith("binary layer; the best of those with some (codes) has 90.00 ± 5.00 %.\n")
    assert "binary layer" not in goal_sentence([Entry("codes_mlp", 5, None, mlp)])


def test_other_bits_for_the_published_network() -> None:
    """All five, or nothing."""
    tests = {"codes_published": 0.86, "codes": 0.8, "codes_gray": 0.865, "codes_sorted": 0.92, "quarters": 0.915}
    entries = [Entry(arm, 5, None, replace(RESULT, test=(share,))) for arm, share in tests.items()]
    sentence = controls_sentence(entries)
    assert "86.00 % of the test set right with its mistake and 80.00 % without" in sentence
    assert "86.50 % (Gray) and 92.00 % (near codes" in sentence
    assert "without a VQ-VAE, 91.50 %" in sentence
    assert controls_sentence(entries[1:]) == ""
