from pathlib import Path

import pytest
from evaluated_runs import write_evaluated

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


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    for folder in ("1", "2"):
        write_evaluated(tmp_path / folder, "same", [("same", "same", 0.3, 28.0)])
    with pytest.raises(ValueError, match="a model called same"):
        merged(find_runs([tmp_path]).runs, classical=False)
    write_evaluated(tmp_path / "3", "other", [("other", "other", 0.3, 28.0)], sha256="b" * 64)
    runs = [run for run in find_runs([tmp_path]).runs if run.folder.name != "2"]
    with pytest.raises(ValueError, match="several data sets called kodak"):
        merged(runs, classical=False)
