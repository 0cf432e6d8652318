"""What an evaluation needs is looked for before the training that it ends."""

from pathlib import Path

import pytest
from PIL import Image, features

from compressible.data.paths import DataError
from compressible.instantiate import ConfigError
from compressible.reports.evaluation_plan import EvaluationPlan


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "b100").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "b100" / "one.png")
    return tmp_path


def test_nothing_is_missing(root: Path) -> None:
    EvaluationPlan("b100", str(root), ("jpeg444", "webp")).check()


def test_a_data_set_is_missing(root: Path) -> None:
    with pytest.raises(DataError, match="urban100"):
        EvaluationPlan("urban100", str(root)).check()


def test_a_family_is_misspelt(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"evaluation\.families.*'jpg444'.*jpeg444"):
        EvaluationPlan("b100", str(root), ("webp", "jpg444")).check()


def test_a_family_is_not_installed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda feature: feature != "webp")
    with pytest.raises(ConfigError, match=r"evaluation\.families.*webp"):
        EvaluationPlan("b100", str(root), ("jpeg444", "webp")).check()
