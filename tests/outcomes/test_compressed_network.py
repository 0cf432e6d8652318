import copy
import functools
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from cifar_files import write_cifar10
from compressible.bitstream.stream_coders import CoderKind
from compressible.data.cifar10 import Cifar10
from compressible.data.random_shifts import RandomShifts
from compressible.models import QuantizedNetwork
from compressible.outcomes import CompressedNetwork
from compressible.outcomes.base import Training
from compressible.quantizers import SoftToHard
from small_training import small_cifar10


@pytest.mark.parametrize("kind", CoderKind)
def test_coders_go_by_their_names(kind: CoderKind, tmp_path: Path) -> None:
    assert CompressedNetwork(nn.Identity(), Cifar10(str(tmp_path)), coder=kind.name.lower()).coder is kind


def test_a_coder_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"coder must be .*, got zip") as caught:
        CompressedNetwork(nn.Identity(), Cifar10(str(tmp_path)), coder="zip")
    assert all(kind.name.lower() in str(caught.value) for kind in CoderKind)


class PixelStatistics(nn.Module):
    """Normalises pixels, so that the statistics are those of images."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)

    def forward(self, images: Tensor) -> Tensor:
        return self.norm(images.float())


def test_statistics_are_those_of_training_images_as_training_shifts_them(tmp_path: Path) -> None:
    """Which those of the images as they are would not be."""
    data = small_cifar10(write_cifar10(tmp_path / "cifar"))
    data.setup("fit")
    model = QuantizedNetwork(PixelStatistics(), functools.partial(SoftToHard, centers=3))
    outcome = CompressedNetwork(copy.deepcopy(model.network), data, calibration_batches=3, calibration_batch_size=20)
    outcome.contents(cast(Training, SimpleNamespace(task=SimpleNamespace(model=model), data=data)))
    shown = RandomShifts(data.training, 20, 3, data.seed, data.padding)
    pixels = torch.stack([shown[i].images for i in range(3)]).double()
    measured = cast(PixelStatistics, model.network).norm.running_mean
    torch.testing.assert_close(measured, pixels.mean((0, 1, 3, 4)).float(), rtol=1e-5, atol=1e-3)
    as_they_are = data.training.images[:60].double().mean((0, 2, 3)).float()
    assert (measured - as_they_are).abs().max() > 0.05
