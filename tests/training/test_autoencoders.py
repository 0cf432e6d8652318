"""Experiments on autoencoders, in their smoke form, from the command line's configuration to the files they leave."""

import json
from math import log, log2
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
    for level, quantized, reported in zip(file.levels, output.quantized, result["levels"], strict=True):
        assert (level.symbols.reshape(2, -1) == quantized.symbols.numpy()).all()
        for row, bits, usage in zip(level.symbols, reported["entropy"], reported["usage"], strict=True):
            counts = np.bincount(row.ravel(), minlength=level.alphabet[0])
            p = counts[counts > 0] / counts.sum()
            assert bits == pytest.approx(float(-(p * np.log2(p)).sum()), abs=1e-9)
            assert usage == pytest.approx((counts > 0).mean())
            entropy += bits * row.size
    assert result["coded_bits"] * images.numel() >= entropy
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
    assert result["histogram_bits"] * 7 * 3072 == pytest.approx(bits)


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
