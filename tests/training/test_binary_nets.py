"""Every arm of the binary networks, in smoke form, from codes to weight files."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from compressible import training
from compressible.bitstream.weight_file import decode_weights
from compressible.data.paths import DataError
from compressible.instantiate import instantiate
from compressible.models.packed_binary_net import PackedBinaryNet
from compressible.models.replicas import states_of
from compressible.resources import config_folder
from compressible.weights.state import state_of
from mnist_files import write_mnist
from small_run import composed

UNPACKED = ("codes_embedded", "codes_linear", "codes_look_up", "blocks")
"""They have layers of 32 bits behind the first, as those called mlp do, or too many patterns to look up."""
VIEWS = {
    "pixels": "pixels",
    "blocks": "pixels in black and white",
    "quarters": "squares of 2 x 2 pixels in black and white",
    "quarters_mlp": "squares of 2 x 2 pixels in black and white",
}
ARMS = sorted(path.stem for path in (config_folder() / "input").glob("*.yaml"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set, and beside it a VQ-VAE that was trained on it for two steps."""
    folder = tmp_path_factory.mktemp("data")
    write_mnist(folder / "mnist")
    training.train(composed(arguments("vqvae_mnist", folder / "mnist", folder / "vqvae")), folder / "vqvae")
    return folder


def arguments(experiment: str, mnist: Path, folder: Path, *overrides: str) -> list[str]:
    return [
        f"experiment={experiment}",
        "budget=smoke",
        "~callbacks.progress",
        "trainer.max_steps=2",
        "data.held_out=12",
        "data.batch_size=4",
        f"data.root={mnist}",
        f"callbacks.checkpoint.folder={folder}",
        f"logger.csv.save_dir={folder}",
        *overrides,
    ]


def test_the_autoencoder_leaves_a_result(root: Path) -> None:
    result = json.loads((root / "vqvae" / "evaluation.json").read_text())
    assert result["parameters"] == 40_261
    assert result["dimensions"] == 784
    assert result["uniform_bits"] == pytest.approx(4 * 49 / 784)
    assert result["scores"]["normalised_error"] is None, "there are no ImageNet constants of grey pixels"
    assert 0 < result["scores"]["squared_error"] < 1


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_leaves_a_result(arm: str, root: Path, tmp_path: Path) -> None:
    codes = (f"data.view.autoencoder={root / 'vqvae'}",) if arm.startswith("codes") else ()
    config = composed(arguments("bnn_mnist", root / "mnist", tmp_path, f"input={arm}", *codes))
    path = training.train(config, tmp_path)
    result = json.loads((tmp_path / "evaluation.json").read_text())
    assert path.name == f"{arm}.safetensors"
    assert result["seeds"] == [0, 1]
    assert (result["training_images"], result["held_out_images"], result["test_images"]) == (48, 12, 20)
    model = json.loads((root / "vqvae" / "training.json").read_text())["model"]
    assert result["view"] == (f"codes of {model}" if codes else VIEWS[arm])
    assert result["input_bits"] == {"pixels": 6272, "blocks": 784}.get(arm, 196)

    data, network = instantiate(config["data"]), instantiate(config["model"])
    data.setup("fit")
    states = states_of(load_file(path))
    for i, state in enumerate(states):
        network.load_state_dict(state)
        network.eval()
        with torch.no_grad():
            for images, found in ((data.test_images(), "test"), (data.shown(data.held_out), "held_out")):
                right = (network(images.images).argmax(1) == images.labels).double().mean()
                assert result[found][i] == pytest.approx(float(right))
            signs = state_of(decode_weights((tmp_path / f"{arm}-{i}.cmpw").read_bytes()))
            before = network(images.images)
            network.load_state_dict(signs)
            assert torch.equal(network(images.images), before)
            if arm in ("pixels", "codes_binary"):
                packed = PackedBinaryNet.of(network)(images.images.numpy())
                assert packed.tolist() == before.argmax(1).tolist()
    assert result["file_bytes"] == [(tmp_path / f"{arm}-{i}.cmpw").stat().st_size for i in range(2)]
    assert len({tuple(state["stages.0.norm.offset"].tolist()) for state in states}) == 2
    assert result["same_packed"] == ([] if "mlp" in arm or arm in UNPACKED else [20, 20])


def test_held_out_images_alone_may_be_asked_for(root: Path, tmp_path: Path) -> None:
    config = composed(
        arguments("bnn_mnist", root / "mnist", tmp_path, "input=blocks", "outcome.split=held_out", "name=x")
    )
    training.train(config, tmp_path)
    result = json.loads((tmp_path / "evaluation.json").read_text())
    assert result["test"] == []
    assert result["test_images"] == 0
    assert len(result["held_out"]) == 2


def test_without_an_autoencoder_nothing_begins(root: Path, tmp_path: Path) -> None:
    config = composed(
        arguments(
            "bnn_mnist", root / "mnist", tmp_path / "run", "input=codes", f"data.view.autoencoder={tmp_path / 'no'}"
        )
    )
    with pytest.raises(DataError, match="experiment=vqvae_mnist"):
        training.train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
