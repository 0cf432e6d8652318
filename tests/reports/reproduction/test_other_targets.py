"""LTC's figure and the table of compressed learning, from runs made up here."""

from dataclasses import replace
from pathlib import Path

import pytest

from binary_net_runs import DATA, RESULT, write_code_maker
from binary_net_runs import write_run as write_binary_nets
from compressible.reports.binary_net_codes import CodeMaker
from compressible.reports.binary_net_entries import Entry as BinaryNets
from compressible.reports.binary_net_entries import load_entries as load_binary_nets
from compressible.reports.ltc_points import SCALARS
from compressible.reports.ltc_table import load_entries
from compressible.reports.reproduction import compressed_learning, ltc_figure1
from compressible.reports.reproduction.comparison import Comparison, Line, Number
from compressible.reports.reproduction.finished_runs import find_runs
from compressible.reports.schema import load, save
from ltc_runs import entry, on_held_out_images, write_run


def lowers(claims: Comparison) -> Line:
    (found,) = (line for line in claims.lines if "lowers the entropy" in line.subject)
    return found


def test_runs_of_ltc_are_gathered_and_stand_beside_the_published_points(tmp_path: Path) -> None:
    """Published for k = 8: 0.7340 bits and an error of 4.062 without, 0.7186 and 4.059 with alpha = 0.001.

    Gathered again, a run takes its own place and leaves the others.
    """
    runs = [entry(8, 0, 0.75, 0.004), entry(8, 0, 0.75, 0.005, seed=1), entry(8, 0.001, 0.8, 0.004, seed=2)]
    for i, run in enumerate([*runs, on_held_out_images(entry(16, 0, 0.7, 0.004))]):
        write_run(tmp_path / str(i), run)
    results = tmp_path / "results"
    results.mkdir()
    assert ltc_figure1.TARGET.collect(find_runs([tmp_path]).runs, results) == 3, "one is of held-out images"
    again = write_run(tmp_path / "again" / "0", replace(runs[0], minutes=9.0))
    assert ltc_figure1.TARGET.collect(find_runs([again]).runs, results) == 1
    minutes = {entry.label: entry.minutes for entry in load_entries(results / "ltc.json")}
    assert sorted(minutes.values(), key=float) == [6.0, 6.0, 9.0]
    assert minutes["ltc_vector-k8-alpha0-0"] == 9
    assert (results / "training" / "ltc" / "ltc_vector-k8-alpha0-0.json").exists()
    made = ltc_figure1.TARGET.read(results)
    left, right, claims = made.comparisons
    rate, error = (line for line in left.lines if line.subject == "vectors of 8, 2x, k = 8")
    assert (rate.ours, rate.runs, rate.verdict) == (Number(0.75, ".4f"), 2, "yes")
    assert (error.ours, error.verdict) == (Number(4.5, ".3f"), "no")
    soft = next(line for line in right.lines if line.subject == "vectors of 8, 2x, k = 8, alpha = 0.001")
    assert (soft.paper, soft.verdict) == (Number(0.7186, ",.10g"), "no"), "more than 5 % above"
    assert left.differed[0].startswith("Ours are trained for 1,500 steps, ")
    assert left.differed[1] == "Ours are measured on 100 test images, the paper's on 10,000."
    assert not any("one seed" in sentence for sentence in left.differed)
    assert lowers(claims).runs == 3
    assert (lowers(claims).verdict, str(lowers(claims).paper)[:4]) == ("no", "yes:")
    commands = [part.command for part in made.missing]
    assert not [
        command for command in commands if "row=ltc_vector quantizer.centers=8 rate.soft_weight=0 " in command + " "
    ]
    assert any("row=ltc_scalar_8x quantizer.centers=128 rate.soft_weight=0" in command for command in commands)
    assert any("model.channels=16 name=ltc_vector_wide quantizer.centers=8" in command for command in commands)
    assert list(made.figures) == ["ltc"]


def test_without_runs_no_claim_is_judged(tmp_path: Path) -> None:
    made = ltc_figure1.TARGET.read(tmp_path)
    assert {verdict.value for verdict in made.verdicts} == {"no runs"}
    assert made.figures == {}


def test_another_form_has_its_own_lines(tmp_path: Path) -> None:
    save(tmp_path / "ltc.json", (entry(8, 0, 0.7271, 0.003461, SCALARS),))
    own = [line for line in ltc_figure1.TARGET.read(tmp_path).comparisons[0].lines if line.runs]
    assert {line.subject for line in own} == {SCALARS.label + ", k = 8"}
    assert [line.verdict for line in own] == ["yes", "yes"]


def test_fewer_bits_alone_are_no_success(tmp_path: Path) -> None:
    """Published: 0.7271 bits, 3.461."""
    save(tmp_path / "ltc.json", (entry(8, 0, 0.3, 0.009, SCALARS),))
    own = [line for line in ltc_figure1.TARGET.read(tmp_path).comparisons[0].lines if line.runs]
    assert [line.verdict for line in own] == ["no", "no"]


def test_binary_networks_beside_the_page(tmp_path: Path) -> None:
    """Published: 85.2 and 87.57 %, 4,736 and 12,544 products, 17 thousand parameters, 68 KiB."""
    kept = replace(RESULT, training=(0.845,) * 3, test=(0.86, 0.865, 0.87))
    save(tmp_path / "bnn_mnist.json", (BinaryNets("codes_published", 7, None, kept),))
    made = compressed_learning.TARGET.read(tmp_path)
    own = [line for line in made.comparisons[0].lines if line.runs]
    assert {line.subject for line in own} == {"codes, encoder given 0..255 by mistake"}
    values = [line.ours.value for line in own if isinstance(line.ours, Number)]
    assert values == pytest.approx([84.5, 86.5, 4736, 12544, 17.556, 4 * 17556 / 1024])
    # 84.5 is within a point of 85.2, 86.5 is not within one of 87.57.
    assert [line.verdict for line in own] == ["yes", "no", "yes", "yes", "yes", "yes"]
    assert [part.name for part in made.missing] == ["the VQ-VAE", "pixels", "codes"]


def test_what_the_page_does_not_say_stands_beside_the_test_images(tmp_path: Path) -> None:
    """98 % from pixels: of training or of test images is not said."""
    kept = replace(RESULT, training=(0.99,) * 3, test=(0.975,) * 3)
    save(tmp_path / "bnn_mnist.json", (BinaryNets("pixels", 7, None, kept),))
    own = [line for line in compressed_learning.TARGET.read(tmp_path).comparisons[0].lines if line.subject == "pixels"]
    tested, unspecified = [line for line in own if "right" in line.quantity]
    assert tested.quantity.startswith("test images right")
    assert "does not say which" in unspecified.quantity
    for line, published in ((tested, 97.62), (unspecified, 98)):
        assert line.paper == Number(published, ",.10g")
        assert isinstance(line.ours, Number)
        assert line.ours.value == pytest.approx(97.5)


def test_binary_networks_are_gathered_with_what_made_their_codes(tmp_path: Path) -> None:
    """And without those that were measured on held-out images, for a choice."""
    view = write_code_maker(tmp_path / "autoencoder")
    write_binary_nets(tmp_path / "a", "codes", view)
    watched = replace(RESULT, test=(), test_images=0, dataset=replace(DATA, name="mnist, held out"))
    write_binary_nets(tmp_path / "b", "codes", view, watched)
    results = tmp_path / "results"
    results.mkdir()
    assert compressed_learning.TARGET.collect(find_runs([tmp_path]).runs, results) == 1
    assert load(results / "bnn_mnist_vqvae.json", CodeMaker).record.steps == 7
    own = [line for line in compressed_learning.TARGET.read(results).comparisons[0].lines if line.runs]
    assert {(line.subject, line.verdict.value) for line in own} == {("codes", "n/a")}
    assert (results / "training" / "bnn_mnist" / "codes.json").exists()
    later = find_runs([write_binary_nets(tmp_path / "later" / "c", "codes_gray", view)]).runs
    assert compressed_learning.TARGET.collect(later, results) == 1
    arms = [entry.arm for entry in load_binary_nets(results / "bnn_mnist.json")]
    assert arms == ["codes", "codes_gray"], "what was gathered before stays, and what made its codes is known"


def test_codes_of_a_model_that_is_not_there_are_not_gathered(tmp_path: Path) -> None:
    write_code_maker(tmp_path / "autoencoder")
    write_binary_nets(tmp_path / "a", "codes", "codes of 12")
    with pytest.raises(ValueError, match="codes are of model 12, whose run is in none of the folders"):
        compressed_learning.TARGET.collect(find_runs([tmp_path]).runs, tmp_path / "results")
    assert not (tmp_path / "results").exists()
