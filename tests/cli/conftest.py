from pathlib import Path

import pytest
from command_outcome import Command, Outcome
from PIL import Image

from compressible.cli import main
from compressible.codecs import zoo
from tiny_model import export_tiny, noise


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, in this process."""

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported model."""
    return export_tiny(tmp_path_factory.mktemp("model") / "tiny.cmpw")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models as they ship."""
    folder = tmp_path_factory.mktemp("zoo")
    for seed, name in enumerate(["mse-1", "msssim-1", "msssim-2", "msssim-3"], start=10):
        export_tiny(folder / f"{name}.cmpw", seed)
    return folder


@pytest.fixture
def shipped(models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, in the place of those that do ship."""
    monkeypatch.setattr(zoo, "ZOO", models)
    return models


@pytest.fixture
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version without models."""
    monkeypatch.setattr(zoo, "ZOO", tmp_path / "no zoo")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture file."""
    path = tmp_path / "photo.png"
    Image.fromarray(noise(40, 60)).save(path)
    return path
