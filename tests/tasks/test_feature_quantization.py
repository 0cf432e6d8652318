"""Codebooks fitted to what a network makes of pictures."""

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.cluster.vq import kmeans2
from torch import Tensor, nn

from cifar_files import write_cifar10
from compressible.callbacks import RandomState
from compressible.data.cifar10_pictures import Cifar10Pictures
from compressible.instantiate import ConfigError
from compressible.models import FeatureExtractor, ResNet
from compressible.partitions import Slices
from compressible.quantizers import Vector
from compressible.tasks import FeatureQuantization
from compressible.tasks.feature_quantization import load_network
from small_training import SaveAt, trainer


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cifar10(tmp_path_factory.mktemp("data") / "cifar")


class Colours(nn.Module):
    """A network whose only layer leaves the mean colours of patches of 4 x 4, on 0..1, and their squares."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(4)

    def forward(self, x: Tensor) -> Tensor:
        colours = x.float() / 255
        return self.pool(torch.cat([colours, colours.square()], 1))


def maps_of(images: Tensor) -> np.ndarray:
    """What ``Colours`` leaves, by NumPy."""
    colours = images.numpy().astype(np.float64) / 255
    both = np.concatenate([colours, colours**2], 1)
    return both.reshape(len(both), 6, 8, 4, 8, 4).mean((3, 5))


def vectors(maps: np.ndarray, axis: str) -> list[np.ndarray]:
    """Of two codebooks: channels 0..2 and 3..5, or the upper and the lower four rows, three channels at a time."""
    if axis == "channel":
        return [maps[:, part].transpose(0, 2, 3, 1).reshape(-1, 3) for part in (slice(0, 3), slice(3, 6))]
    halves = (maps[:, :, :4], maps[:, :, 4:])
    return [half.transpose(0, 2, 3, 1).reshape(-1, 3) for half in halves]


def task(axis: Any = "channel", codes: int = 6, **options: Any) -> FeatureQuantization:
    torch.manual_seed(0)
    quantizer = functools.partial(Vector, codes=codes, **{"decay": 0.9, "revival_threshold": 0.1} | options)
    return FeatureQuantization(FeatureExtractor(Colours(), "pool", 6), Slices(2, axis), quantizer)


def pictures(root: Path, **options: Any) -> Cifar10Pictures:
    return Cifar10Pictures(str(root), **{"fitting": 30, "watched": 10, "batch_size": 8, "held_out": 12} | options)


def least_squares(points: list[np.ndarray], codes: np.ndarray) -> float:
    """Mean squared error of an entry, each point at the nearest code of its book."""
    each = [((own[:, None] - book) ** 2).sum(-1).min(1) for own, book in zip(points, codes, strict=True)]
    return float(np.concatenate(each).mean()) / points[0].shape[1]


@pytest.mark.parametrize("axis", ["channel", "space"])
def test_the_error_is_the_distance_to_the_nearest_codes(axis: str, root: Path) -> None:
    """Logged of held-out pictures at the last step, by brute force."""
    fitted, data = task(axis), pictures(root)
    run = trainer(12, val_check_interval=12)
    run.fit(fitted, data)
    held_out = torch.cat(list(data.batches("held_out", 10)))
    codes = fitted.bottleneck.quantizer.codebook.codes.double().numpy()
    expected = least_squares(vectors(maps_of(held_out), axis), codes)
    assert float(run.callback_metrics["val/error"]) == pytest.approx(expected, rel=1e-5)
    assert run.global_step == len(fitted.errors) == 12


def test_codes_converge_to_those_of_k_means(root: Path) -> None:
    """Of SciPy, the best of five starts, on the same vectors."""
    fitted, data = task(), pictures(root)
    trainer(150).fit(fitted, data)
    points = vectors(maps_of(torch.cat(list(data.fitting_pictures()))), "channel")
    codes = fitted.bottleneck.quantizer.codebook.codes.double().numpy()
    tries = [np.stack([kmeans2(own, 6, iter=50, minit="++", seed=seed)[0] for own in points]) for seed in range(5)]
    best = min(least_squares(points, book) for book in tries)
    assert least_squares(points, codes) < 1.1 * best
    assert np.mean(fitted.errors[-20:]) < fitted.errors[0]


def test_a_resumed_run_equals_the_undisturbed_one(root: Path, tmp_path: Path) -> None:
    """Codes, counts and the course of the error; so eager a revival draws numbers in every step."""
    path = tmp_path / "last.ckpt"
    straight, resumed = (task(codes=40, revival_threshold=3.0) for _ in range(2))
    trainer(6, callbacks=[SaveAt(3, path), RandomState()]).fit(straight, pictures(root))
    torch.rand(5)
    trainer(6, callbacks=[RandomState()]).fit(resumed, pictures(root), ckpt_path=str(path), weights_only=True)
    assert len(straight.errors) == 6
    assert resumed.errors == straight.errors
    for key, value in straight.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key


def test_codes_that_need_an_optimizer_are_refused() -> None:
    with pytest.raises(ValueError, match=r"quantizer\.update=ema"):
        task(update="gradient")


def test_runs_of_unequal_length_are_refused(root: Path) -> None:
    extractor = FeatureExtractor(Colours(), "pool", 6)
    uneven = FeatureQuantization(extractor, Slices(3, "space"), functools.partial(Vector, codes=4))
    with pytest.raises(ConfigError, match=r"8 x 8 positions are not 3 runs.*partition\.slices"):
        trainer(1).fit(uneven, pictures(root))


def test_a_network_is_needed_and_the_right_one(tmp_path: Path) -> None:
    extractor = FeatureExtractor(ResNet(8, 4), "stages", 16)
    with pytest.raises(ConfigError, match=r"features of a trained network.*init_from=FILE"):
        load_network(extractor, None)
    with pytest.raises(ConfigError, match=r"gone\.pt: No such file"):
        load_network(extractor, tmp_path / "gone.pt")
    torch.save(ResNet(8, 5).state_dict(), tmp_path / "other.pt")
    with pytest.raises(ConfigError, match=r"other\.pt holds another network"):
        load_network(extractor, tmp_path / "other.pt")
