"""A checkpoint is replaced as a whole, in its own folder."""

import tempfile
from pathlib import Path

import pytest
import torch

from compressible import training
from compressible.callbacks.checkpoint import AtomicCheckpointIO
from small_run import configuration


def fail(*_: object) -> None:
    raise OSError(28, "no space left on device")


@pytest.mark.parametrize("moment", ["os.fsync", "pathlib.Path.replace"])
def test_a_save_that_is_interrupted_leaves_the_old_one(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run" / "last.ckpt"
    AtomicCheckpointIO().save_checkpoint({"step": 1}, path)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(moment, fail)
        with pytest.raises(OSError, match="no space left"):
            AtomicCheckpointIO().save_checkpoint({"step": 2}, path)
    assert path.read_bytes() == before
    assert [own.name for own in path.parent.iterdir()] == ["last.ckpt"]
    AtomicCheckpointIO().save_checkpoint({"step": 3}, path)
    assert torch.load(path, weights_only=True) == {"step": 3}


def test_a_run_writes_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's temporary folder may be another file system, from which a file cannot be moved as a whole."""
    config = configuration(tmp_path, tmp_path / "run", "experiment=shvq_kodak", "budget=smoke")
    trainer = training._trainer(config, tmp_path / "run", (), ())
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    trainer.strategy.save_checkpoint({"step": 4}, tmp_path / "run" / "last.ckpt")
    assert trainer.strategy.load_checkpoint(tmp_path / "run" / "last.ckpt", weights_only=True) == {"step": 4}
