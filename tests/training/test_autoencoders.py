"""Experiments on autoencoders, in their smoke form, from the command line's configuration to the files they leave."""

import json
from math import log, log2, prod
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from cifar_files import write_cifar10
from compressible import training
from compressible.bitstream.code_file import CodeFile
from compressible.data.cifar10 import TEST_FILE, Cifar10
from compressible.data.cifar_pickles import read_batch
from compressible.instantiate import instantiate
from compressible.quantizers.codebook import Codebook
from small_run import composed

SMOKE = ("experiment=dqae_cifar10", "budget=smoke", "~callbacks.progress", "trainer.max_steps=2")
ROWS = ("dq", "vq_copies", "vq", "product", "residual", "pyramid")


@pytest.fixture(scope="module")
def cifar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "cifar-10-batches-py"
    write_cifar10(folder)
    return folder


def arguments(folder: Path, cifar: Path, *overrides: str) -> list[str]:
    sizes = ("data.held_out=8", "data.batch_size=4")
    places = (f"data.root={cifar}", f"callbacks.checkpoint.folder={folder}", f"logger.csv.save_dir={folder}")
    return [*SMOKE, *sizes, *places, *overrides]


def test_codes_and_likelihood_are_those_of_the_written_model(cifar: Path, tmp_path: Path) -> None:
    config = composed(arguments(tmp_path, cifar, "name=test"))
    path = training.train(config, tmp_path)
    model = instantiate(config["model"])
    model.load_state_dict(load_file(path))
    model.eval()
    images = read_batch(cifar / TEST_FILE).images
    with torch.no_grad():
        output = model(images.float() / 255)
        nats = float(model.head.nats(output.x_hat, images).sum())
        error = (model.head.reconstruct(output.x_hat).double() - images.double()).square().mean() / 255**2

    result = json.loads((tmp_path / "evaluation.json").read_text())
    dimensions = 3 * 32 * 32
    assert result["images"] == len(images)
    assert result["dimensions"] == dimensions
    assert result["scores"]["decoder_bits"] == pytest.approx(nats / log(2) / images.numel(), rel=1e-4)
    assert result["scores"]["squared_error"] == pytest.approx(float(error), rel=1e-3)
    for i, level in enumerate(result["levels"]):
        symbols = [quantized.symbols for quantized in output.quantized]
        places = symbols[i].shape[1] // len(images)
        symbols[i] = symbols[i].roll(places, dims=1)
        with torch.no_grad():
            swapped = float(model.head.nats(model.reconstruct(tuple(symbols), tuple(images.shape)), images).sum())
        assert level["swapped"]["decoder_bits"] == pytest.approx(swapped / log(2) / images.numel(), rel=1e-4)
    # Two levels of 4 x 4 and 8 x 8 places, two codebooks each.
    sizes = [quantized.alphabet for quantized in output.quantized]
    assert result["uniform_bits"] == pytest.approx((16 * log2(sizes[0][0]) + 64 * log2(sizes[1][0])) * 2 / dimensions)

    file = CodeFile.from_bytes((tmp_path / "test.codes").read_bytes())
    entropy = 0.0
    for side, level, quantized, reported in zip((4, 8), file.levels, output.quantized, result["levels"], strict=True):
        assert level.symbols.shape == (2, len(images), side, side), "neighbours are neighbours"
        assert (level.symbols.reshape(2, -1) == quantized.symbols.numpy()).all()
        assert reported["places"] == side * side
        for row, bits, usage in zip(level.symbols, reported["entropy"], reported["usage"], strict=True):
            counts = np.bincount(row.ravel(), minlength=level.alphabet[0])
            p = counts[counts > 0] / counts.sum()
            assert bits == pytest.approx(float(-(p * np.log2(p)).sum()), abs=1e-9)
            assert usage == pytest.approx((counts > 0).mean())
            entropy += bits * row.size
    # Each of four chunks ends in a word of 32 bits; their tables are of few codes, and so a little coarse.
    assert entropy <= result["coded_bits"] * images.numel() <= 1.02 * entropy + 4 * 32
    assert result["file_bits"] == pytest.approx(8 * (tmp_path / "test.codes").stat().st_size / images.numel())


def test_codes_are_priced_by_those_of_training_images(cifar: Path, tmp_path: Path) -> None:
    config = composed(arguments(tmp_path, cifar, "name=test", "outcome.histogram_images=20"))
    path = training.train(config, tmp_path)
    model = instantiate(config["model"])
    model.load_state_dict(load_file(path))
    data = Cifar10(str(cifar), held_out=8)
    data.setup("fit")
    seen = model.eval().symbols(data.training.images[:20].float() / 255)
    new = model.symbols(read_batch(cifar / TEST_FILE).images.float() / 255)
    bits = 0.0
    for old, codes in zip(seen, new, strict=True):
        for before, row in zip(old, codes, strict=True):
            counts = torch.bincount(before, minlength=32).double() + 0.5
            bits -= float((counts / counts.sum()).log2()[row].sum())
    result = json.loads((tmp_path / "evaluation.json").read_text())
    assert result["histogram_images"] == 20
    # In other batches, a vector between two codes may fall to the other one.
    assert result["histogram_bits"] * 7 * 3072 == pytest.approx(bits, rel=1e-3)


def test_scores_of_scalars_are_those_of_the_written_model(cifar: Path, tmp_path: Path) -> None:
    """Each of the 8 numbers at a place has a symbol: they are as many maps."""
    scalars = ("quantizer=scalar", "quantizer.levels=5", "level.dimension=4", "name=test")
    config = composed(arguments(tmp_path, cifar, *scalars))
    path = training.train(config, tmp_path)
    model = instantiate(config["model"])
    model.load_state_dict(load_file(path))
    images = read_batch(cifar / TEST_FILE).images
    with torch.no_grad():
        output = model.eval()(images.float() / 255)
        nats = float(model.head.nats(output.x_hat, images).sum())
    result = json.loads((tmp_path / "evaluation.json").read_text())
    assert result["scores"]["decoder_bits"] == pytest.approx(nats / log(2) / images.numel(), rel=1e-4)
    assert result["uniform_bits"] * 3072 == pytest.approx((16 + 64) * 8 * log2(5))
    file = CodeFile.from_bytes((tmp_path / "test.codes").read_bytes())
    for side, level, quantized in zip((4, 8), file.levels, output.quantized, strict=True):
        assert level.symbols.shape == (8, len(images), side, side)
        values = quantized.symbols.reshape(2, len(images), side, side, 4)
        for slice_, entry in np.ndindex(2, 4):
            assert (level.symbols[4 * slice_ + entry] == values[slice_, ..., entry].numpy()).all()


def test_the_published_network_takes_a_step(cifar: Path, tmp_path: Path) -> None:
    """22M parameters with a mixture of ten, and every one of them has a part in the loss."""
    places = (f"callbacks.checkpoint.folder={tmp_path}", f"logger.csv.save_dir={tmp_path}")
    config = composed(["experiment=dqae_cifar10", *places])
    torch.manual_seed(0)
    model = instantiate(config["model"])
    assert sum(parameter.numel() for parameter in model.parameters()) / 1e6 == pytest.approx(22.23, abs=0.006)
    images = read_batch(cifar / TEST_FILE).images[:2]
    x = images.float() / 255
    model.initialise(x)
    output = model.train()(x)
    assert [tuple(entry.symbols.shape) for entry in output.quantized] == [(5, 2 * side**2) for side in (2, 4, 8)]
    loss = model.head.loss(output.x_hat, images) + sum(entry.loss for entry in output.quantized)
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


@pytest.mark.parametrize("arguments", ["budget=paper", *(f"budget=cpu row={row}" for row in ROWS)])
def test_codes_in_even_use_are_not_replaced(arguments: str, tmp_path: Path) -> None:
    """A threshold near what a code gets of a batch would replace good codes again and again."""
    places = (f"callbacks.checkpoint.folder={tmp_path}", f"logger.csv.save_dir={tmp_path}")
    config = composed(["experiment=dqae_cifar10", *arguments.split(), *places])
    model = instantiate(config["model"])
    shapes = model.feature_shapes((config["data"]["batch_size"], 3, 32, 32))
    for bottleneck, shape in zip(model.bottlenecks, shapes, strict=True):
        vectors = prod(bottleneck.partition.grid(shape))
        for codebook in bottleneck.modules():
            if isinstance(codebook, Codebook):
                assert codebook.revival_threshold <= vectors / codebook.codes.shape[1] / 8


def test_a_run_on_larger_images_goes_on_from_one_on_smaller(cifar: Path, tmp_path: Path) -> None:
    """Without a learning rate its network is that of the other run, and so are codes that nothing moves."""
    small, large, imagenet = (tmp_path / name for name in ("small", "large", "imagenet64"))
    first = training.train(composed(arguments(small, cifar, "name=small")), small)
    imagenet.mkdir()
    draw = np.random.default_rng(0)
    for name, count in (("train_data_batch_1", 14), ("val_data", 5)):
        pixels = draw.integers(256, size=(count, 3 * 64 * 64), dtype=np.uint8)
        np.savez(imagenet / f"{name}.npz", data=pixels, labels=np.ones(count, np.int64))
    still = ("optimizer.lr=0", "quantizer.update=gradient", "quantizer.revival_threshold=0")
    goes_on = ("name=large", "data=downsampled_imagenet", f"init_from={small / 'last.ckpt'}")
    second = training.train(composed(arguments(large, imagenet, *goes_on, *still)), large)
    before, after = load_file(first), load_file(second)
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert torch.equal(value, after[name]) or name.endswith("counts"), name
    result = json.loads((large / "evaluation.json").read_text())
    assert (result["images"], result["dimensions"]) == (5, 3 * 64 * 64)
    assert [level["places"] for level in result["levels"]] == [8 * 8, 16 * 16]
    assert json.loads((large / "training.json").read_text())["started_from"].endswith("last.ckpt")


@pytest.mark.parametrize("row", ROWS)
def test_every_row_leaves_a_result(row: str, cifar: Path, tmp_path: Path) -> None:
    training.train(composed(arguments(tmp_path, cifar, f"row={row}")), tmp_path)
    result = json.loads((tmp_path / "evaluation.json").read_text())
    assert result["scores"]["decoder_bits"] > 0
    assert (tmp_path / f"{row}.codes").exists()


@pytest.mark.parametrize("likelihood", ["squared_error", "categorical"])
def test_every_head_leaves_a_result(likelihood: str, cifar: Path, tmp_path: Path) -> None:
    training.train(composed(arguments(tmp_path, cifar, "name=test", f"likelihood={likelihood}")), tmp_path)
    result = json.loads((tmp_path / "evaluation.json").read_text())
    assert (result["scores"]["decoder_bits"] is None) == (likelihood == "squared_error")
