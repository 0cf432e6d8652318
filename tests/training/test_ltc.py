"""The experiment on learned transform coding, in its smoke form, from configuration to the model it leaves."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from cifar_files import write_cifar10
from compressible import load, training
from small_run import configuration


@pytest.mark.parametrize(("row", "places"), [("ltc_vector", 16 * 16), ("ltc_scalar", 4 * 4 * 8)])
def test_every_row_trains_and_leaves_a_codec(row: str, places: int, tmp_path: Path) -> None:
    cifar, folder = write_cifar10(tmp_path / "cifar-10-batches-py"), tmp_path / "run"
    sizes = ("data.batch_size=4", "trainer.max_steps=3", "quantizer.centers=8", "rate.soft_weight=0.01")
    config = configuration(cifar, folder, "experiment=ltc_cifar10", "budget=smoke", f"row={row}", *sizes)
    codec = load(str(training.train(config, folder)))

    checkpoint = torch.load(folder / "last.ckpt", weights_only=True)
    assert checkpoint["hardness"] == [1.0], "sigma is 1, whatever the initialisation found"
    logits = checkpoint["state_dict"]["symbol_models.0.logits"]
    assert logits.shape == (1, 8)
    assert logits.std() > 0, "no longer uniform"

    record = json.loads((folder / "training.json").read_text())
    assert 0 < record["held_out_metrics"]["val/bpp_estimated"] * 1024 <= 20 * places
    assert record["held_out_metrics"]["val/psnr_decoded"] > 0
    for height, width in ((32, 32), (70, 90)):
        image = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
        assert codec.decode(codec.encode(image)).shape == image.shape
