"""The static prior from the command line's configuration to its record, which is recomputed here by brute force."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from cifar_files import write_cifar10
from compressible import training
from compressible.data.cifar10 import TEST_FILE, Cifar10
from compressible.data.cifar_pickles import read_batch
from compressible.instantiate import ConfigError
from compressible.models import ResNet, VggFeatures
from compressible.reports.schema import load
from compressible.reports.static_prior import StaticPriorRecord
from small_run import composed, write_photographs


@pytest.fixture(scope="module")
def cifar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cifar10(tmp_path_factory.mktemp("data") / "cifar-10-batches-py")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network, not trained but for the statistics of its normalisations."""
    torch.manual_seed(0)
    network = ResNet(8, 4)
    network.train()(torch.randint(256, (16, 3, 32, 32), dtype=torch.uint8))
    path = tmp_path_factory.mktemp("weights") / "network.pt"
    torch.save(network.state_dict(), path)
    return path


def configuration(cifar: Path, folder: Path, *overrides: str) -> dict[str, Any]:
    files = (f"data.root={cifar}", f"callbacks.checkpoint.folder={folder}", f"logger.csv.save_dir={folder}")
    smoke = ("experiment=static_prior", "budget=smoke", "name=test", "~callbacks.progress", "data.held_out=8")
    return composed([*smoke, *files, *overrides])


def maps_of(weights: Path, images: torch.Tensor) -> np.ndarray:
    network = ResNet(8, 4)
    network.load_state_dict(torch.load(weights, weights_only=True))
    network.eval()
    with torch.no_grad():
        return network.stages(network.stem(network.normalisation(images))).double().numpy()


def vectors(maps: np.ndarray, axis: str) -> np.ndarray:
    """16 channels at 8 x 8 positions, in 8 codebooks of dimension 2, one place after the other."""
    if axis == "channel":
        places = maps.reshape(len(maps), 8, 2, 64)  # image, slice, entry, position
        return places.transpose(1, 0, 3, 2).reshape(8, -1, 2)
    places = maps.reshape(len(maps), 8, 2, 8, 8)  # image, slice, entry, row, column
    return places.transpose(3, 0, 4, 1, 2).reshape(8, -1, 2)


def entropy(*codes: np.ndarray) -> float:
    counts = np.unique(np.stack(codes), axis=1, return_counts=True)[1]
    return float(-(counts / counts.sum() * np.log2(counts / counts.sum())).sum())


@pytest.mark.parametrize("axis", ["channel", "space"])
def test_the_record_is_that_of_the_test_images(axis: str, cifar: Path, weights: Path, tmp_path: Path) -> None:
    overrides = (f"partition.axis={axis}", f"init_from={weights}", "seed=3")
    path = training.train(configuration(cifar, tmp_path, *overrides), tmp_path)
    record = load(tmp_path / "evaluation.json", StaticPriorRecord)
    maps = maps_of(weights, read_batch(cifar / TEST_FILE).images)
    points = vectors(maps, axis)
    state = load_file(path)
    books = state["quantizer.codebook.codes"].double().numpy()
    distances = ((points[:, :, None] - books[:, None]) ** 2).sum(-1)
    codes = distances.argmin(-1)
    assert record.error == pytest.approx(distances.min(-1).mean() / 2, rel=1e-5)
    assert record.variance == pytest.approx(maps.var(axis=(0, 2, 3)).mean(), rel=1e-6)
    assert record.relative_error == pytest.approx(record.error / record.variance)
    assert record.entropy_bits == pytest.approx([entropy(own) for own in codes])
    assert record.mean_entropy_nats == pytest.approx(np.log(2) * np.mean(record.entropy_bits))
    assert record.perplexity == pytest.approx([2 ** entropy(own) for own in codes])
    assert record.usage == pytest.approx([len(np.unique(own)) / 8 for own in codes])
    pairs = [(a, b) for a in range(8) for b in range(8) if a != b]
    shared = [entropy(codes[a]) + entropy(codes[b]) - entropy(codes[a], codes[b]) for a, b in pairs]
    assert record.shared.mean_plug_in == pytest.approx(np.mean(shared))
    assert record.shared.plug_in[2][5] == pytest.approx(shared[pairs.index((2, 5))])
    off = ~np.eye(8, dtype=bool)
    assert record.shared.mean_corrected == pytest.approx(np.array(record.shared.corrected)[off].mean())
    assert record.shared.mean_null == pytest.approx(np.array(record.shared.null)[off].mean())
    assert record.network == hashlib.sha256(weights.read_bytes()).hexdigest()[:16]
    assert (record.axis, record.codes, record.seed, record.images) == (axis, 8, 3, 7)
    assert (record.slices, record.dimension, record.fitting, record.layer) == (8, 2, 16, "stages")
    assert record.dataset.name == "cifar-10-batches-py"
    assert record.course == pytest.approx(state["errors"].tolist()), "six steps are six parts"
    assert (tmp_path / "evaluation.md").read_text().count("\n") == 3


def test_settings_are_chosen_on_held_out_images(cifar: Path, weights: Path, tmp_path: Path) -> None:
    config = configuration(cifar, tmp_path, f"init_from={weights}", "outcome.split=held_out", "trainer.max_steps=2")
    path = training.train(config, tmp_path)
    record = load(tmp_path / "evaluation.json", StaticPriorRecord)
    data = Cifar10(str(cifar), held_out=8)
    data.setup("validate")
    points = vectors(maps_of(weights, data.held_out.images), "channel")
    books = load_file(path)["quantizer.codebook.codes"].double().numpy()
    expected = ((points[:, :, None] - books[:, None]) ** 2).sum(-1).min(-1).mean() / 2
    assert record.error == pytest.approx(expected, rel=1e-5)
    assert record.dataset.name == "cifar-10-batches-py, held out"
    assert record.images == 8


def test_vgg_on_a_folder_of_pictures(tmp_path: Path) -> None:
    """Its file has a classifier too; 512 channels are 7 slices of 74 with zeros that are no part of the error."""
    torch.manual_seed(0)
    network = VggFeatures()
    for parameter in network.parameters():
        if parameter.dim() == 4:
            torch.nn.init.kaiming_normal_(parameter, nonlinearity="relu")
    weights, photographs = tmp_path / "vgg16.pth", write_photographs(tmp_path / "photographs", 24)
    torch.save({**network.state_dict(), "classifier.6.bias": torch.zeros(1000)}, weights)
    files = (f"callbacks.checkpoint.folder={tmp_path}", f"logger.csv.save_dir={tmp_path}", f"data.root={photographs}")
    chosen = ("model=vgg16_features", "data=picture_folder", "partition.slices=7", f"init_from={weights}")
    small = ("data.resized=64", "data.side=64", "data.batch_size=4", "trainer.max_steps=3", "quantizer.codes=4")
    config = composed(["experiment=static_prior", "name=test", "~callbacks.progress", *files, *chosen, *small])
    path = training.train(config, tmp_path / "run")
    record = load(tmp_path / "run" / "evaluation.json", StaticPriorRecord)
    assert (record.slices, record.dimension, record.layer) == (7, 74, "features")
    names = sorted(file.name for file in photographs.iterdir())
    numbers = {name: int(hashlib.sha256(name.encode()).hexdigest()[:16], 16) % 10 for name in names}
    test = [photographs / name for name in names if numbers[name] == 0]
    assert record.dataset.notes == tuple(file.name for file in test)
    assert record.images == len(test) > 0
    error, total = 0.0, 0
    books = load_file(path)["quantizer.codebook.codes"].double().numpy()
    for file in test:
        with Image.open(file) as image:
            left = round((image.width * 64 // image.height - 64) / 2)
            pixels = np.asarray(image.resize((image.width * 64 // image.height, 64), Image.Resampling.BILINEAR))
        piece = torch.from_numpy(pixels[:, left : left + 64].copy()).permute(2, 0, 1)[None]
        with torch.no_grad():
            maps = np.pad(network(piece).double().numpy()[0], ((0, 6), (0, 0), (0, 0)))
        points = maps.reshape(7, 74, 4).transpose(0, 2, 1)
        error += ((points[:, :, None] - books[:, None]) ** 2).sum(-1).min(-1).sum()
        total += 512 * 4
    assert record.error == pytest.approx(error / total, rel=1e-4)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ((), "features of a trained network.*init_from=FILE"),
        (("init_from=gone.pt",), "gone.pt: No such file"),
        (("partition.slices=1",), "two codebooks or more"),
        (("outcome.split=train",), "test or held_out"),
        (("model.layer=stage",), "no layer 'stage'"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_done(
    overrides: tuple[str, ...], words: str, cifar: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        training.train(configuration(cifar, tmp_path / "run", *overrides), tmp_path / "run")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_the_experiment_is_that_of_the_paper_for_our_network() -> None:
    """As many codebooks as rows, which a multirun over axis, K and seed leaves as they are."""
    config = composed(["experiment=static_prior", "callbacks.checkpoint.folder=a", "logger.csv.save_dir=b"])
    assert config["partition"] == {"_target_": "compressible.partitions.Slices", "slices": 8, "axis": "channel"}
    assert config["outcome"]["partition"] == config["task"]["partition"] == config["partition"]
    assert config["outcome"]["split"] == "test"
    assert config["data"]["fitting"] * 64 == 320_000, "vectors of each codebook"
