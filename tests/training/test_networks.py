"""Experiments on networks, in their smoke form, from the command line's configuration to the files they leave."""

import json
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from safetensors.torch import load_file

from cifar_files import write_cifar10
from compressible import training
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.weight_file import decode_weights
from compressible.data.cifar10 import TEST_FILE, Cifar10
from compressible.data.cifar_pickles import read_batch
from compressible.instantiate import ConfigError, instantiate
from compressible.reports.index_plot import read_entropy
from compressible.reports.logged_values import logged_values
from compressible.tasks import Classification
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


def compression(folder: Path, cifar: Path, *overrides: str) -> list[str]:
    """Command line of a weight compression whose files all go to ``folder``."""
    arguments = (*SMOKE, *in_folder(folder, cifar), f"callbacks.index_histograms.folder={folder}")
    return ["experiment=shvq_resnet32", *arguments, *overrides]


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


def test_runs_are_compared_on_images_held_out(cifar: Path, tmp_path: Path) -> None:
    chosen = ("experiment=resnet32_cifar10", "outcome.split=held_out")
    config = composed([*chosen, *SMOKE, *in_folder(tmp_path, cifar)])
    path = training.train(config, tmp_path)
    network = instantiate(config["model"])
    network.load_state_dict(load_file(path))
    data = Cifar10(str(cifar), held_out=8)
    data.setup("fit")
    with torch.no_grad():
        right = network.eval()(data.held_out.images).argmax(1) == data.held_out.labels
    evaluation = json.loads((tmp_path / "evaluation.json").read_text())
    assert evaluation["accuracy"] == pytest.approx(right.double().mean().item())
    assert evaluation["mistakes"] == (~right).nonzero().flatten().tolist()
    assert evaluation["dataset"]["name"] == "cifar-10-batches-py, held out"
    with pytest.raises(ConfigError, match="test or held_out"):
        training.train(composed([*chosen, *SMOKE, *in_folder(tmp_path, cifar), "outcome.split=train"]), tmp_path / "b")


def test_the_chosen_run_is_evaluated_on_the_test_set_by_the_same_command(
    cifar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without another step, and with the weights that were compared."""
    choosing, chosen = (
        composed(["experiment=resnet32_cifar10", *SMOKE, *in_folder(tmp_path, cifar), *split])
        for split in (["outcome.split=held_out"], [])
    )
    path = training.train(choosing, tmp_path)
    weights, checkpoint = path.read_bytes(), (tmp_path / "last.ckpt").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(Classification, "training_step", fail)
        training.train(chosen, tmp_path)
    assert (path.read_bytes(), (tmp_path / "last.ckpt").read_bytes()) == (weights, checkpoint)
    network = instantiate(chosen["model"])
    network.load_state_dict(load_file(path))
    test = read_batch(cifar / TEST_FILE)
    with torch.no_grad():
        wrong = network.eval()(test.images).argmax(1) != test.labels
    evaluation = json.loads((tmp_path / "evaluation.json").read_text())
    assert evaluation["dataset"]["name"] == "cifar-10-batches-py"
    assert evaluation["mistakes"] == wrong.nonzero().flatten().tolist()
    monkeypatch.setattr(pl.Trainer, "fit", fail)
    training.train(chosen, tmp_path)
    assert json.loads((tmp_path / "evaluation.json").read_text()) == evaluation, "once is enough"


def fail(*_: Any, **__: Any) -> None:
    raise AssertionError("this should not have been called")


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
    arguments = ("trainer.max_steps=5", f"init_from={tmp_path / 'a' / 'last.ckpt'}")
    config = composed(compression(tmp_path / "b", cifar, *arguments))
    path = training.train(config, tmp_path / "b")
    state = state_of(decode_weights(path.read_bytes()))
    checkpoint = torch.load(tmp_path / "b" / "last.ckpt", weights_only=True)["state_dict"]
    assert checkpoint["model.fixed"]
    check_indices(tmp_path / "b", checkpoint)
    training.train(composed(compression(tmp_path / "b", cifar, *arguments, "outcome.coder=huffman")), tmp_path / "b")
    again = decode_weights(path.read_bytes())
    assert {stream.coder for stream in again.streams} == {CoderKind.HUFFMAN}
    assert all(torch.equal(state[name], value) for name, value in state_of(again).items())
    centers = checkpoint["model.quantizers.0.centers"].flatten().half().float()
    trainable = dict(instantiate(config["model"]["network"]).named_parameters())
    symbols = checkpoint["model.symbols_0"].flatten().split([value.numel() for value in trainable.values()])
    for i, (name, own) in enumerate(zip(trainable, symbols, strict=True)):
        scale = checkpoint[f"model.log_scale_{i}"].exp().half().float()
        assert torch.equal(state[name], centers[own].view(trainable[name].shape) * scale), name
    network = instantiate(config["model"]["network"])
    network.load_state_dict(state)
    test = read_batch(cifar / TEST_FILE)
    with torch.no_grad():
        right = network.eval()(test.images).argmax(1) == test.labels
    evaluation = json.loads((tmp_path / "b" / "evaluation.json").read_text())
    assert evaluation["measured"]["accuracy"] == pytest.approx(right.double().mean().item())
    assert evaluation["measured"]["bytes"] == path.stat().st_size
    assert evaluation["parameters"] == sum(value.numel() for value in trainable.values())


def check_indices(run: Path, checkpoint: dict[str, torch.Tensor]) -> None:
    """What the five steps, the last of them hard, left of the indices."""
    record = read_entropy("test", run)
    assert [moment.step for moment in record.moments] == [0, 2, 5]
    (last,) = record.moments[-1].vectors
    centers, order = checkpoint["model.quantizers.0.centers"].flatten().sort()
    assert list(last.centers) == centers.tolist()
    assert list(last.counts) == checkpoint["model.symbols_0"].flatten().bincount(minlength=75)[order].tolist()
    assert record.switch is not None
    assert record.switch.step == 4
    assert 1 / 75 < record.switch.mean_max_phi < 1
    assert 0 < record.switch.gap < 1
    assert record.step == (0, 1, 2, 3, 4)
    assert record.entropy[2] == pytest.approx(record.moments[1].entropy), "both after two steps"
    logged = logged_values(run)
    assert list(logged["train/max_phi"]) == [0, 1, 2, 3], "while weights are soft"
    # The symbol model counts the same symbols, but gives those that no weight has a probability too, of 1e-5.
    estimated = logged["train/bits_per_weight_estimated"]
    for coded, entropy in zip(estimated.values(), record.entropy, strict=True):
        assert -1e-5 < coded - entropy < 75e-5 * 1.5


@pytest.mark.parametrize("row", [None, "ecsq", "hessian_kmeans", "kmeans", "uniform"])
def test_a_network_is_pruned_and_its_weights_share_values(row: str | None, cifar: Path, tmp_path: Path) -> None:
    """Files decode to what was trained: the pruned network to the bit, the clustered one with few values."""
    original = composed(["experiment=resnet32_cifar10", *SMOKE, *in_folder(tmp_path / "a", cifar)])
    training.train(original, tmp_path / "a")
    start = f"init_from={tmp_path / 'a' / 'last.ckpt'}"
    config = composed(["experiment=pruned_resnet32", *SMOKE, *in_folder(tmp_path / "b", cifar), start])
    path = training.train(config, tmp_path / "b")
    pruned = state_of(decode_weights(path.read_bytes()))
    checkpoint = torch.load(tmp_path / "b" / "last.ckpt", weights_only=True)["state_dict"]
    for name, value in pruned.items():
        assert torch.equal(value, checkpoint[f"network.{name}"]), name
    kernels = torch.cat([value.flatten() for value in pruned.values() if value.dim() > 1])
    assert (kernels == 0).double().mean().item() == pytest.approx(0.8, abs=1e-3)
    assert len(path.read_bytes()) < (tmp_path / "a" / "test.safetensors").stat().st_size

    start = f"init_from={tmp_path / 'b' / 'last.ckpt'}"
    overrides = ["experiment=clustered_resnet32", *SMOKE, *in_folder(tmp_path / "c", cifar), start]
    path = training.train(composed([*overrides, *([f"row={row}"] if row else [])]), tmp_path / "c")
    file = decode_weights(path.read_bytes())
    shared = state_of(file)
    names = dict(instantiate(config["model"]).named_parameters())
    values = torch.cat([shared[name].flatten() for name in names])
    assert len(values.unique()) <= file.streams[0].codebook.size < len(values) / 2
    for name in names:
        if names[name].dim() > 1:
            assert torch.equal(shared[name] == 0, pruned[name] == 0), name
    evaluation = json.loads((tmp_path / "c" / "evaluation.json").read_text())
    sizes = {size["coder"]: size["bytes"] for size in evaluation["coded"]}
    assert sizes["sparse"] == path.stat().st_size == evaluation["measured"]["bytes"]
    assert set(sizes) == {"range", "huffman", "sparse", "context"}


def test_the_checkpoint_of_another_network_is_refused(cifar: Path, tmp_path: Path) -> None:
    original = composed(["experiment=resnet32_cifar10", *SMOKE, *in_folder(tmp_path / "a", cifar)])
    training.train(original, tmp_path / "a")
    arguments = ("model.network.width=5", f"init_from={tmp_path / 'a' / 'last.ckpt'}")
    config = composed(compression(tmp_path / "b", cifar, *arguments))
    with pytest.raises(ConfigError, match="another network"):
        training.train(config, tmp_path / "b")
