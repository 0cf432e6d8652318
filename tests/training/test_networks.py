"""Experiments on networks, in their smoke form, from the command line's configuration to the files they leave."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from cifar_files import write_cifar10
from compressible import training
from compressible.bitstream.weight_file import decode_weights
from compressible.data.cifar10 import TEST_FILE, Cifar10
from compressible.data.cifar_pickles import read_batch
from compressible.instantiate import ConfigError, instantiate
from compressible.weights.state import state_of
from small_run import composed

SMOKE = ("budget=smoke", "~callbacks.progress", "trainer.max_steps=2", "name=test")


@pytest.fixture(scope="module")
def cifar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "cifar-10-batches-py"
    write_cifar10(folder)
    return folder


def in_folder(folder: Path, cifar: Path) -> tuple[str, ...]:
    sizes = ("data.held_out=8", "data.batch_size=4")
    return (*sizes, f"data.root={cifar}", f"callbacks.checkpoint.folder={folder}", f"logger.csv.save_dir={folder}")


def test_a_classifier_is_trained_written_and_evaluated(cifar: Path, tmp_path: Path) -> None:
    config = composed(["experiment=resnet32_cifar10", *SMOKE, *in_folder(tmp_path, cifar)])
    path = training.train(config, tmp_path)
    network = instantiate(config["model"])
    network.load_state_dict(load_file(path))
    checkpoint = torch.load(tmp_path / "last.ckpt", weights_only=True)["state_dict"]
    for name, value in network.state_dict().items():
        assert torch.equal(value, checkpoint[f"network.{name}"]), name
    test = read_batch(cifar / TEST_FILE)
    with torch.no_grad():
        right = network.eval()(test.images).argmax(1) == test.labels
    evaluation = json.loads((tmp_path / "evaluation.json").read_text())
    assert evaluation["accuracy"] == pytest.approx(right.double().mean().item())
    assert evaluation["images"] == len(test.labels)
    record = json.loads((tmp_path / "training.json").read_text())
    assert record["data"]["items"] == 5
    assert record["steps"] == 2


def test_a_missing_data_set_is_told_before_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(self: Cifar10) -> None:
        raise ConfigError("offline")

    monkeypatch.setattr(Cifar10, "prepare_data", offline)
    config = composed(["experiment=resnet32_cifar10", *SMOKE, *in_folder(tmp_path, tmp_path / "nowhere")])
    with pytest.raises(ConfigError, match="offline"):
        training.train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_network_is_compressed_and_evaluated_from_its_file(cifar: Path, tmp_path: Path) -> None:
    """Soft and hard steps, from an original; the file decodes to what was evaluated, by any reader of it."""
    original = composed(["experiment=resnet32_cifar10", *SMOKE, *in_folder(tmp_path / "a", cifar)])
    training.train(original, tmp_path / "a")
    arguments = ["experiment=shvq_resnet32", *SMOKE, *in_folder(tmp_path / "b", cifar), "trainer.max_steps=5"]
    config = composed([*arguments, f"init_from={tmp_path / 'a' / 'last.ckpt'}"])
    path = training.train(config, tmp_path / "b")
    state = state_of(decode_weights(path.read_bytes()))
    checkpoint = torch.load(tmp_path / "b" / "last.ckpt", weights_only=True)["state_dict"]
    assert checkpoint["model.fixed"]
    centers = checkpoint["model.quantizers.0.centers"].flatten().half().float()
    trainable = dict(instantiate(config["model"]["network"]).named_parameters())
    symbols = checkpoint["model.symbols_0"].flatten().split([value.numel() for value in trainable.values()])
    for i, (name, own) in enumerate(zip(trainable, symbols, strict=True)):
        scale = checkpoint[f"model.scale_{i}"].half().float()
        assert torch.equal(state[name], centers[own].view(trainable[name].shape) * scale), name
    network = instantiate(config["model"]["network"])
    network.load_state_dict(state)
    test = read_batch(cifar / TEST_FILE)
    with torch.no_grad():
        right = network.eval()(test.images).argmax(1) == test.labels
    evaluation = json.loads((tmp_path / "b" / "evaluation.json").read_text())
    assert evaluation["measured"]["accuracy"] == pytest.approx(right.double().mean().item())
    assert evaluation["measured"]["bytes"] == path.stat().st_size
    assert evaluation["weights"] == sum(value.numel() for value in trainable.values())


def test_the_checkpoint_of_another_network_is_refused(cifar: Path, tmp_path: Path) -> None:
    original = composed(["experiment=resnet32_cifar10", *SMOKE, *in_folder(tmp_path / "a", cifar)])
    training.train(original, tmp_path / "a")
    arguments = ["experiment=shvq_resnet32", *SMOKE, *in_folder(tmp_path / "b", cifar), "model.network.width=5"]
    config = composed([*arguments, f"init_from={tmp_path / 'a' / 'last.ckpt'}"])
    with pytest.raises(ConfigError, match="another network"):
        training.train(config, tmp_path / "b")
