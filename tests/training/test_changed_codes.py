"""A run on the codes of an autoencoder is not continued on those of another one that has come into its folder."""

from pathlib import Path
from typing import Any

import pytest

from compressible import training
from compressible.data.paths import DataError
from compressible.instantiate import ConfigError
from compressible.tasks.replicated_classification import ReplicatedClassification
from mnist_files import write_mnist
from small_run import composed


def configuration(experiment: str, data: Path, folder: Path, *overrides: str) -> dict[str, Any]:
    small = ("budget=smoke", "~callbacks.progress", "trainer.max_steps=2", "data.held_out=12", "data.batch_size=4")
    places = (f"data.root={data}", f"callbacks.checkpoint.folder={folder}", f"logger.csv.save_dir={folder}")
    return composed([f"experiment={experiment}", *small, *places, *overrides])


def die_in_the_second_step(task: ReplicatedClassification, *_: Any) -> None:
    if task.global_step == 1:
        raise RuntimeError("the machine is gone")


@pytest.mark.parametrize("finished", [True, False])
def test_an_autoencoder_that_was_trained_again(finished: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, vqvae, folder = write_mnist(tmp_path / "mnist"), tmp_path / "vqvae", tmp_path / "run"
    autoencoder = configuration("vqvae_mnist", data, vqvae)
    training.train(autoencoder, vqvae)
    codes = ("input=codes", f"data.view.autoencoder={vqvae}", "callbacks.checkpoint.minutes=0")
    config = configuration("bnn_mnist", data, folder, *codes)
    if finished:
        training.train(config, folder)
    else:
        with monkeypatch.context() as patch:
            patch.setattr(ReplicatedClassification, "on_before_optimizer_step", die_in_the_second_step)
            with pytest.raises(RuntimeError, match="the machine is gone"):
                training.train(config, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    training.train(autoencoder | {"seed": 1, "resume": False}, vqvae)
    other = {**config, "outcome": config["outcome"] | {"split": "held_out"}}
    for asked in (config, other):
        with pytest.raises(
            ConfigError, match=r"what data\.view\.autoencoder names has changed.*resume=false"
        ) as caught:
            training.train(asked, folder)
        assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in before} == before
    training.train(autoencoder | {"resume": False}, vqvae)
    training.train(config, folder)


def test_an_autoencoder_that_is_gone_hinders_nothing(tmp_path: Path) -> None:
    """What is done is shown; what needs its codes says that they are not there."""
    data, vqvae, folder = write_mnist(tmp_path / "mnist"), tmp_path / "vqvae", tmp_path / "run"
    training.train(configuration("vqvae_mnist", data, vqvae), vqvae)
    config = configuration("bnn_mnist", data, folder, "input=codes", f"data.view.autoencoder={vqvae}")
    training.train(config, folder)
    (vqvae / "training.json").unlink()
    training.train(config, folder)
    with pytest.raises(DataError, match="no finished run of an autoencoder"):
        training.train({**config, "outcome": config["outcome"] | {"split": "held_out"}}, folder)
