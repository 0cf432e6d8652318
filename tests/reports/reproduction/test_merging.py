from pathlib import Path

import pytest
from evaluated_runs import evaluation, write_evaluated

from compressible.reports.evaluation import save_evaluation
from compressible.reports.reproduction.finished_runs import find_runs
from compressible.reports.reproduction.merging import merged


def test_models_of_several_runs_become_curves_and_classical_codecs_stand_once(tmp_path: Path) -> None:
    jpeg = ("jpeg444", "jpeg444-q10", 0.3, 25.0)
    write_evaluated(tmp_path / "1", "vector-1", [("vector-1", "vector-1", 0.3, 28.0), jpeg], commit="aaa")
    write_evaluated(tmp_path / "2", "vector-2", [("vector-2", "vector-2", 0.4, 29.0), jpeg], commit="bbb")
    runs = find_runs([tmp_path]).runs
    models, classical = merged(runs, classical=False)["kodak"], merged(runs, classical=True)["kodak"]
    assert [(codec.family, codec.codec) for codec in models.codecs] == [("vector", "vector-1"), ("vector", "vector-2")]
    assert [codec.codec for codec in classical.codecs] == ["jpeg444-q10"]
    assert models.environment.commit == "aaa, bbb"


def test_the_runs_of_a_sweep_are_points_of_one_curve(tmp_path: Path) -> None:
    """All have one name, and are different models; one that is there twice counts once."""
    for folder, bpp, model in (("1", 0.3, "a"), ("2", 0.4, "b"), ("3", 0.5, "c"), ("again", 0.4, "b")):
        write_evaluated(tmp_path / folder, "shvq_kodak", [("net", "shvq_kodak", bpp, 28.0)], model=model)
    models = merged(find_runs([tmp_path]).runs, classical=False)["kodak"]
    assert [(codec.family, codec.codec, codec.details["hash"]) for codec in models.codecs] == [
        ("shvq_kodak", "shvq_kodak", "a"),
        ("shvq_kodak", "shvq_kodak (2)", "b"),
        ("shvq_kodak", "shvq_kodak (3)", "c"),
    ]


def test_commits_are_those_of_all_that_trained_and_measured(tmp_path: Path) -> None:
    """A run may have been cut off, and measured later on; of classical codecs nothing was trained."""
    jpeg = ("jpeg444", "jpeg444-q10", 0.3, 25.0)
    first = write_evaluated(tmp_path / "1", "vector-1", [("v", "vector-1", 0.3, 28.0), jpeg], "two", earlier=["one"])
    save_evaluation(first / "evaluation.json", evaluation([("v", "vector-1", 0.3, 28.0), jpeg], "three"))
    write_evaluated(tmp_path / "2", "vector-2", [("v", "vector-2", 0.4, 29.0)], "two", earlier=["one", "four"])
    runs = find_runs([tmp_path]).runs
    models, classical = (merged(runs, classical=own)["kodak"].environment.commit for own in (False, True))
    assert (models, classical) == ("three, two, one, four", "three")


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    for folder, psnr in (("1", 28.0), ("2", 28.5)):
        write_evaluated(tmp_path / folder, "same", [("same", "same", 0.3, psnr)], model="a")
    with pytest.raises(ValueError, match="the model same came out differently in two runs"):
        merged(find_runs([tmp_path]).runs, classical=False)
    write_evaluated(tmp_path / "3", "other", [("other", "other", 0.3, 28.0)], sha256="b" * 64)
    runs = [run for run in find_runs([tmp_path]).runs if run.folder.name != "2"]
    with pytest.raises(ValueError, match="several data sets called kodak"):
        merged(runs, classical=False)
