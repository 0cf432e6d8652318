"""SHVQ's figures of image compression, from evaluations made up here."""

from pathlib import Path

import pytest
from evaluated_runs import Setting, evaluation, write_evaluated

from compressible.reports.annealing_plot import AnnealingRecord
from compressible.reports.evaluation import save_evaluation
from compressible.reports.reproduction import shvq_ablations, shvq_annealing, shvq_figure1
from compressible.reports.reproduction.comparison import Line, Number
from compressible.reports.reproduction.finished_runs import find_runs
from compressible.reports.reproduction.target import Target
from compressible.reports.schema import load, save

JPEG = [("jpeg444", "jpeg444-q2", 0.1, 20.0), ("jpeg444", "jpeg444-q9", 0.6, 30.0)]


def lines_of(target: Target, results: Path) -> dict[str, list[Line]]:
    lines = [line for comparison in target.read(results).comparisons for line in comparison.lines]
    return {
        subject: [line for line in lines if line.subject == subject] for subject in {line.subject for line in lines}
    }


def values(lines: list[Line]) -> list[float]:
    return [line.ours.value for line in lines if isinstance(line.ours, Number)]


@pytest.mark.parametrize(
    ("ours", "gains", "verdicts"),
    [
        # In decibels, MS-SSIM is half the PSNR here: JPEG has 10 at 0.1 and 13 at 0.4.
        ([("m", "m-1", 0.1, 24.0), ("m", "m-2", 0.4, 28.0)], [1.0, 2.0], ["yes", "yes"]),
        ([("m", "m-1", 0.1, 18.0), ("m", "m-2", 0.4, 28.0)], [-1.0, 1.0], ["no", "yes"]),
        ([("m", "m-1", 0.4, 24.0)], [-1.0], ["no"]),
    ],
)
def test_advantages_at_one_rate(tmp_path: Path, ours: list[Setting], gains: list[float], verdicts: list[str]) -> None:
    """At 0.4 bpp, JPEG is at 26 dB of PSNR, 13 dB of MS-SSIM."""
    save_evaluation(tmp_path / "kodak_classical.json", evaluation(JPEG))
    save_evaluation(tmp_path / "kodak_models.json", evaluation(ours))
    own = lines_of(shvq_figure1.TARGET, tmp_path)["Kodak: m against JPEG 4:4:4"]
    assert values(own) == pytest.approx(gains)
    assert [line.verdict for line in own] == verdicts


def test_only_rates_of_the_claim_count(tmp_path: Path) -> None:
    """Beyond them, at 0.6 bpp, ours is 2 dB behind."""
    save_evaluation(tmp_path / "kodak_classical.json", evaluation(JPEG))
    save_evaluation(tmp_path / "kodak_models.json", evaluation([("m", "m-1", 0.2, 26.0), ("m", "m-2", 0.6, 26.0)]))
    own = lines_of(shvq_figure1.TARGET, tmp_path)["Kodak: m against JPEG 4:4:4"]
    # JPEG has 11 at 0.2 and 13 at 0.4; ours 13 at both.
    assert values(own) == pytest.approx([0.0, 2.0], abs=1e-9)


def test_data_sets_that_are_not_there_are_named(tmp_path: Path) -> None:
    made = shvq_figure1.TARGET.read(tmp_path)
    assert {part.name for part in made.missing} >= {"Kodak, classical", "Urban100, models"}
    assert "-o {results}/urban100_models.json" in next(p.command for p in made.missing if p.name == "Urban100, models")
    assert {verdict.value for verdict in made.verdicts} == {"no runs"}
    assert made.figures == {}


def test_ablations_are_gathered_and_compared(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    settings = {"vector-1": (0.2, 28.0), "vector-2": (0.4, 30.0), "scalar-1": (0.3, 28.5), "other": (0.3, 40.0)}
    for name, point in settings.items():
        write_evaluated(tmp_path / name, name, [(name, name, *point)])
    assert shvq_ablations.TARGET.collect(find_runs([tmp_path]).runs, results) == 3
    made = shvq_ablations.TARGET.read(results)
    (against,) = lines_of(shvq_ablations.TARGET, results)["vectors against scalars"]
    assert (values([against]), against.verdict) == ([pytest.approx(0.5)], "yes"), "29 dB at 0.3 bpp against 28.5"
    assert [part.name for part in made.missing] == ["pretraining", "scalar-2", "vector-without-entropy"]
    (without,) = lines_of(shvq_ablations.TARGET, results)["with the entropy loss against without"]
    assert without.verdict == "no runs"
    assert shvq_figure1.TARGET.collect(find_runs([tmp_path]).runs, results) == 1, "the other one is no ablation"


@pytest.mark.parametrize(("last", "verdict"), [(0.05, "yes"), (0.3, "partly"), (0.9, "no")])
def test_the_gap_at_the_end(tmp_path: Path, last: float, verdict: str) -> None:
    steps = tuple(range(20))
    hard = (1.0, *[2.0] * 17, last, last)
    save(tmp_path / "annealing.json", AnnealingRecord("s", "r", steps, (1.0, *[4.0] * 19), (0.0,) * 20, hard))
    lines = lines_of(shvq_annealing.TARGET, tmp_path)
    assert values(lines["sigma"]) == [4.0]
    assert lines["sigma"][0].verdict == "yes"
    assert values(lines["gap, hard - soft error"]) == pytest.approx([last])
    assert lines["gap, hard - soft error"][0].verdict == verdict


def test_annealing_is_gathered_from_what_a_run_logged(tmp_path: Path) -> None:
    run = write_evaluated(tmp_path / "vector-1", "vector-1", [("v", "v", 0.2, 28.0)], commit="0123456789abcdef")
    (run / "csv" / "version_0").mkdir(parents=True)
    table = "step,gap/gap,gap/sigma,gap/soft_mse,gap/hard_mse\n1,1,2,3,4\n2,1,8,3,3.5\n"
    (run / "csv" / "version_0" / "metrics.csv").write_text(table)
    results = tmp_path / "results"
    results.mkdir()
    assert shvq_annealing.TARGET.collect(find_runs([tmp_path]).runs, results) == 1
    assert load(results / "annealing.json", AnnealingRecord).sigma == (2.0, 8.0)
    (comparison,) = shvq_annealing.TARGET.read(results).comparisons
    assert [str(origin) for origin in comparison.origins] == ["annealing.json (commit 0123456789ab)"]
