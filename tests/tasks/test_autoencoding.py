"""Training of an autoencoder on a few images, through Lightning and the data module."""

from functools import partial
from math import log2
from pathlib import Path

import pytest
import torch

from cifar_files import write_cifar10
from compressible.annealing import Constant, Exponential
from compressible.data.labelled_images import LabelledImages
from compressible.instantiate import ConfigError
from compressible.likelihoods import Categorical, Head, SquaredError
from compressible.models import HierarchicalAutoencoder, ProjectedBottleneck
from compressible.partitions import Slices
from compressible.quantizers import QuantizerFactory, SoftToHard, Vector
from compressible.rates import Histogram, Uniform
from compressible.tasks import Autoencoding, OneCycle
from compressible.tasks.optimizers import adam
from small_training import SaveAt, small_cifar10, trainer

VECTOR = partial(Vector, codes=4, commitment=0.5, revival_threshold=0.0)
"""Without revival, whose draws ``callbacks.RandomState`` takes along in real runs, training knows no chance."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cifar10(tmp_path_factory.mktemp("data") / "cifar")


def model(quantizer: QuantizerFactory = VECTOR, head: Head | None = None) -> HierarchicalAutoencoder:
    torch.manual_seed(0)
    level = partial(ProjectedBottleneck, dimension=3, projections=2, copies=1, partition=Slices(2), quantizer=quantizer)
    return HierarchicalAutoencoder(level, head or SquaredError(), 2, 8, 1, 4, 2)


def task(network: HierarchicalAutoencoder, beta: float = 0.0) -> Autoencoding:
    rate = Uniform if beta == 0 else partial(Histogram, window=2, every=1)
    annealing = Constant() if beta == 0 else Exponential(growth=4.0, first=0.5)
    return Autoencoding(network, rate, beta, annealing, partial(adam, lr=1e-3), OneCycle(0.25))


def batch() -> LabelledImages:
    images = torch.randint(256, (3, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return LabelledImages(images, torch.zeros(3, dtype=torch.int64))


def test_loss_by_hand() -> None:
    """Squared error of normalised pixels, and half the distance to the codes at both levels; a uniform rate costs 0."""
    network = model()
    images = batch()
    x = images.images.float() / 255
    network.initialise(x)
    autoencoding = task(network)
    logged: dict[str, torch.Tensor] = {}
    autoencoding.log_dict = lambda metrics, **_: logged.update(metrics)  # there is no trainer
    vectors: list[torch.Tensor] = []
    for bottleneck in network.bottlenecks:
        bottleneck.register_forward_pre_hook(lambda module, args: vectors.append(module.partition.cut(args[0])))
        bottleneck.quantizer.eval()  # so that the codes stay
    loss = autoencoding.training_step(images, 0)["loss"]

    out = network(x)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    expected = (out.x_hat - (x - mean) / std).square().mean()
    for bottleneck, seen in zip(network.bottlenecks, vectors, strict=False):
        codes = bottleneck.quantizer.get_submodule("codebook").get_buffer("codes")
        expected = expected + 0.5 * torch.cdist(seen, codes).amin(-1).square().sum() / seen.numel()
    torch.testing.assert_close(loss, expected)
    # Two codebooks of 4 codes at 4 x 4 and 8 x 8 places.
    assert float(logged["train/bits_estimated"]) == pytest.approx(2 * log2(4) * (16 + 64) / 3072)


def test_the_price_of_bits_counts_per_dimension() -> None:
    network = model(partial(SoftToHard, centers=4), Categorical())
    images = batch()
    network.initialise(images.images.float() / 255)
    losses = []
    for beta in (1e-9, 2.0):
        autoencoding = task(network, beta)
        autoencoding.log_dict = lambda *_, **__: None
        for price, symbols in zip(autoencoding.prices, network.symbols(images.images.float() / 255), strict=True):
            price.fill(symbols, batches=1)
        losses.append(autoencoding.training_step(images, 0)["loss"])
        output = network.train()(images.images.float() / 255)
        pairs = zip(autoencoding.prices, output.quantized, strict=True)
        bits = torch.stack([price.rate(quantized).loss for price, quantized in pairs]).sum()
    torch.testing.assert_close(losses[1] - losses[0], 2.0 * bits / images.images.numel(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("beta", [0.0, 0.1])
@pytest.mark.parametrize("step", [1, 3])
def test_a_run_that_was_stopped_goes_on(beta: float, step: int, root: Path, tmp_path: Path) -> None:
    quantizer = partial(SoftToHard, centers=4) if beta else VECTOR
    straight = task(model(quantizer), beta)
    torch.manual_seed(3)
    trainer(5, callbacks=[SaveAt(step, tmp_path / "last.ckpt")]).fit(straight, small_cifar10(root))
    resumed = task(model(quantizer), beta)
    torch.manual_seed(4)
    trainer(5).fit(resumed, small_cifar10(root), ckpt_path=str(tmp_path / "last.ckpt"), weights_only=True)
    assert resumed.hardness.state_dict() == straight.hardness.state_dict()
    for key, value in straight.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key


def test_another_run_is_gone_on_from_on_images_of_another_size(root: Path, tmp_path: Path) -> None:
    first = task(model())
    trainer(2, callbacks=[SaveAt(2, tmp_path / "last.ckpt")]).fit(first, small_cifar10(root))
    second = task(model())
    second.start_from(tmp_path / "last.ckpt")
    for key, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[key]), key
    assert second.model(torch.rand(1, 3, 64, 64)).x_hat.shape == (1, 3, 64, 64)
    other = task(model(partial(Vector, codes=5)))
    with pytest.raises(ConfigError, match="another network or quantizer"):
        other.start_from(tmp_path / "last.ckpt")
