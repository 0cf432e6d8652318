"""The experiment on learned transform coding, in its smoke form, from configuration to the model it leaves."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import entropy
from torch import Tensor

import cifar_files
from compressible import load, training
from compressible.bitstream import SymbolModelKind
from compressible.bitstream.code_file import CodeFile
from compressible.codecs.exported import load_model
from compressible.codecs.learned import LearnedCodec
from compressible.models import LtcAutoencoder
from compressible.quantizers import SoftToHard
from compressible.reports.coded_images import CodedImagesResult
from compressible.reports.ltc_table import read_entry
from compressible.reports.schema import load as load_json
from small_run import configuration

FORMS = {
    "ltc_vector": (16 * 16, 8),
    "ltc_scalar": (4 * 4 * 8, 1),
    "ltc_scalar_2x": (16 * 16, 1),
    "ltc_scalar_4x": (8 * 8 * 4, 1),
    "ltc_scalar_8x": (4 * 4 * 16, 1),
}
"""Symbols of an image, and features that each stands for."""


@pytest.mark.parametrize("row", FORMS)
def test_every_row_trains_and_leaves_a_codec(row: str, tmp_path: Path) -> None:
    cifar, folder = cifar_files.write_cifar10(tmp_path / "cifar-10-batches-py"), tmp_path / "run"
    sizes = ("data.batch_size=4", "trainer.max_steps=3", "quantizer.centers=8", "rate.soft_weight=0.01")
    config = configuration(cifar, folder, "experiment=ltc_cifar10", "budget=smoke", f"row={row}", *sizes)
    codec = load(str(training.train(config, folder)))

    checkpoint = torch.load(folder / "last.ckpt", weights_only=True)
    assert checkpoint["hardness"] == [1.0], "sigma is 1, whatever the initialisation found"
    logits = checkpoint["state_dict"]["symbol_models.0.logits"]
    assert logits.shape == (1, 8)
    assert logits.std() > 0, "no longer uniform"

    record = json.loads((folder / "training.json").read_text())
    places, dimension = FORMS[row]
    assert 0 < record["held_out_metrics"]["val/bpp_estimated"] * 1024 <= 20 * places
    assert record["held_out_metrics"]["val/psnr_decoded"] > 0
    for height, width in ((32, 32), (70, 90)):
        image = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
        assert codec.decode(codec.encode(image)).shape == image.shape

    result = load_json(folder / "evaluation.json", CodedImagesResult)
    assert (result.images, result.pixels, result.symbols, result.dimension) == (7, 1024, places, dimension)
    run = read_entry(folder)
    assert (run.alpha, run.seed, run.steps, run.result) == (0.01, 0, 3, result)
    check_rates(result, folder / "test.codes", logits[0].double().softmax(0))
    check_error(result, folder / "test.cmpw")
    check_soft_cross_entropy(result, folder / "test.cmpw", logits[0].softmax(0))


def check_rates(result: CodedImagesResult, codes: Path, q: Tensor) -> None:
    """Of the symbols in the file of codes, under the trained pmf."""
    (level,) = CodeFile.from_bytes(codes.read_bytes()).levels
    counts = np.bincount(level.symbols.ravel(), minlength=8)
    assert counts.sum() == result.images * result.symbols
    assert result.cross_entropy == pytest.approx(-(counts * q.log2().numpy()).sum() / counts.sum(), rel=1e-4)
    assert result.entropy == pytest.approx(entropy(counts, base=2))
    own = [entropy(np.bincount(group.ravel()), base=2) for group in level.symbols]
    assert result.group_entropy == pytest.approx(np.mean(own))
    assert result.used == np.count_nonzero(counts)
    assert -4 <= result.coded_bytes - result.cross_entropy * counts.sum() / 8 <= 12
    assert result.file_bytes == codes.stat().st_size


def check_error(result: CodedImagesResult, model: Path) -> None:
    """That of images coded one by one, whose payloads are those of each by itself."""
    codec = LearnedCodec(load_model(model, SymbolModelKind.STATIC))
    images = seven_images().permute(0, 2, 3, 1).contiguous().numpy()
    files = [codec.encode(image) for image in images]
    decoded = np.stack([codec.decode(data) for data in files])
    assert result.squared_error == pytest.approx(np.mean(((decoded / 255.0) - (images / 255.0)) ** 2), rel=0.01)
    assert result.single_bytes == pytest.approx(sum(codec.sizes(data).coded or 0 for data in files), abs=8)


def check_soft_cross_entropy(result: CodedImagesResult, model: Path, q: Tensor) -> None:
    """Section 3: softmax of the negative distance at sigma = 1, plain for vectors and squared for scalars."""
    network = load_model(model).network
    assert isinstance(network, LtcAutoencoder)
    quantizer = network.bottleneck.quantizer
    assert isinstance(quantizer, SoftToHard)
    with torch.no_grad():
        z = network.encoder(seven_images().float() / 255).permute(0, 2, 3, 1).reshape(-1, result.dimension)
        distance = torch.cdist(z, quantizer.centers[0]) ** (1 if result.dimension > 1 else 2)
        s = -(distance.neg().softmax(1) * q.log2()).sum(1).mean()
    assert result.soft_cross_entropy == pytest.approx(float(s), rel=1e-3)


def seven_images() -> Tensor:
    """Those that ``write_cifar10`` makes, (7, 3, 32, 32)."""
    return torch.from_numpy(cifar_files.images(7, seed=0)[0]).reshape(7, 3, 32, 32)
