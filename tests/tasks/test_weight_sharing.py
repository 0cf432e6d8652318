"""Weights that share values, against clusters and gradients made by other means."""

import copy
import functools
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call

from cifar_files import write_cifar10
from compressible.clustering import Clustering, Clusters, KMeans
from compressible.data.labelled_images import LabelledImages
from compressible.instantiate import ConfigError
from compressible.models import QuantizedNetwork, ResNet
from compressible.partitions.tensors import Codebooks
from compressible.quantizers import Identity, Scalar, SoftToHard
from compressible.tasks import Distillation, OneCycle, WeightSharing
from compressible.tasks.optimizers import OptimizerFactory, adam, sgd
from small_training import SaveAt, small_cifar10, trainer

centers = functools.partial(SoftToHard, centers=20)
fast_adam = functools.partial(adam, lr=1e-2)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cifar10(tmp_path_factory.mktemp("data") / "cifar")


def pruned_network() -> ResNet:
    """Zeros of both signs in kernels; none in biases and normalisations."""
    torch.manual_seed(0)
    network = ResNet(8, 4)
    with torch.no_grad():
        for weight in network.parameters():
            if weight.dim() > 1:
                weight.mul_(weight.abs() > 0.7 * weight.std())
            else:
                weight.add_(0.2 * torch.randn_like(weight))
    return network


def task(
    model: QuantizedNetwork, clustering: Clustering | None = None, make: OptimizerFactory = fast_adam, **settings: Any
) -> WeightSharing:
    return WeightSharing(model, clustering or KMeans(8), make, OneCycle(0.25), **settings)


def parameters(network: ResNet) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in network.named_parameters()}


def clusters_of(weights: Tensor) -> Clusters:
    """Of those that are not zero."""
    kept = weights[weights != 0].numpy()
    return KMeans(8).fit(kept, np.ones(len(kept)))


@pytest.mark.parametrize("codebooks", get_args(Codebooks))
@pytest.mark.parametrize(
    "make", [fast_adam, functools.partial(sgd, lr=1e-3, nesterov=True, weight_decay=0.1)], ids=["adam", "sgd"]
)
def test_weights_of_a_cluster_share_a_value_that_is_trained(
    codebooks: Codebooks, make: OptimizerFactory, root: Path
) -> None:
    """As many values as clusters in each vector, the same weights in each cluster, and zeros where zeros were."""
    network = pruned_network()
    before = parameters(network)
    rms = torch.cat([weight.flatten() for weight in before.values()]).square().mean().sqrt()
    model = QuantizedNetwork(network, centers, codebooks=codebooks, scales="network")
    trainer(4).fit(task(model, make=make), small_cifar10(root))
    trained = model.weights()[0]
    for names in model.partition.groups:
        old = torch.cat([before[name].flatten() for name in names]) / rms
        new = torch.cat([trained[name].detach().flatten() for name in names])
        clusters = clusters_of(old)
        assert len(new.unique()) == len(clusters.centers) + int((old == 0).any())
        assert torch.equal(new == 0, old == 0)
        symbols = torch.from_numpy(clusters.symbols)
        for symbol, center in enumerate(clusters.centers):
            (value,) = new[old != 0][symbols == symbol].unique()
            assert abs(value - center * rms) > 1e-5 * abs(center * rms), "it moved"


class Watch(pl.Callback):
    """Notes the batch and the weights of the first step, and the gradient of its centers."""

    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, batch: LabelledImages, batch_idx: int) -> None:
        self.batch = batch
        self.weights = {name: weight.detach() for name, weight in pl_module.model.weights()[0].items()}

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: Any, optimizer: Any) -> None:
        self.centers = pl_module.model.all_quantizers()[0].centers.detach().flatten().clone()
        self.gradient = pl_module.model.all_quantizers()[0].centers.grad.flatten().clone()


def test_the_gradient_of_a_center_is_the_sum_over_its_weights(root: Path) -> None:
    """Of a network that simply has these weights; the center of the zeros gets none."""
    network, watch = pruned_network(), Watch()
    plain = copy.deepcopy(network)
    model = QuantizedNetwork(network, centers, scales="network")
    trainer(1, callbacks=[watch]).fit(task(model), small_cifar10(root))

    old = torch.cat([weight.detach().flatten() for weight in plain.parameters()])
    rms = old.square().mean().sqrt()
    plain.load_state_dict(watch.weights, strict=False)
    F.cross_entropy(plain.train()(watch.batch.images), watch.batch.labels).backward()
    gradients = torch.cat([weight.grad.flatten() for weight in plain.parameters() if weight.grad is not None]) * rms
    clusters = clusters_of(old / rms)
    symbols = torch.from_numpy(clusters.symbols)
    expected = torch.zeros(len(clusters.centers)).index_add(0, symbols, gradients[old != 0])
    moving = watch.centers != 0
    assert int(moving.sum()) == len(clusters.centers)
    torch.testing.assert_close(watch.gradient[moving], expected, rtol=1e-3, atol=1e-5)
    assert not watch.gradient[~moving].any()
    assert gradients[old == 0].sum().abs() > 1e-3, "there would be one for zero"


def test_a_resumed_run_equals_the_undisturbed_one_and_zeros_stay(root: Path, tmp_path: Path) -> None:
    """The teacher of a resumed run is still the original network, not what the run has made of it."""
    path = tmp_path / "last.ckpt"
    original = pruned_network()
    zeros = {name: weight == 0 for name, weight in parameters(original).items()}
    straight = task(QuantizedNetwork(original, centers), distillation=Distillation(0.5))
    trainer(5, callbacks=[SaveAt(2, path)]).fit(straight, small_cifar10(root))
    torch.manual_seed(1)
    resumed = task(QuantizedNetwork(ResNet(8, 4), centers), distillation=Distillation(0.5))
    trainer(5).fit(resumed, small_cifar10(root), ckpt_path=str(path), weights_only=True)
    for key, value in straight.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key
    for name, weight in resumed.model.weights()[0].items():
        assert torch.equal(weight == 0, zeros[name]), name


class Noting(Clustering):
    """k-means that notes what it is given."""

    def __init__(self) -> None:
        self.given: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []

    def _fit(self, weights: NDArray[np.float64], hessian: NDArray[np.float64]) -> Clusters:
        self.given.append((weights, hessian))
        return KMeans(8).fit(weights, hessian)


def mean_squared_gradients(network: ResNet, scales: dict[str, Tensor], samples: LabelledImages) -> Tensor:
    """With respect to weights divided by their scales, one sample after the other, (n,)."""
    scaled = {name: (weight / scales[name]).requires_grad_() for name, weight in parameters(network).items()}
    total = torch.zeros(sum(weight.numel() for weight in scaled.values()), dtype=torch.float64)
    for image, label in zip(*samples, strict=True):
        weights = {name: weight * scales[name] for name, weight in scaled.items()}
        loss = F.cross_entropy(functional_call(network, weights, (image[None],)), label[None])
        gradients = torch.autograd.grad(loss, list(scaled.values()))
        total += torch.cat([gradient.flatten() for gradient in gradients]).double().square()
    return total / len(samples.labels)


@pytest.mark.parametrize(("samples", "found"), [(6, 6), (1000, 36)])
def test_fisher_information_is_that_of_the_scaled_weights(samples: int, found: int, root: Path) -> None:
    network, clustering, data = pruned_network(), Noting(), small_cifar10(root)
    original = copy.deepcopy(network).eval()
    scales = {name: weight.square().mean().sqrt() for name, weight in parameters(network).items()}
    model = QuantizedNetwork(network, centers, scales="tensor")
    trainer(1).fit(task(model, clustering, importance="fisher", samples=samples), data)
    weights = torch.cat([(weight / scales[name]).flatten() for name, weight in parameters(original).items()])
    expected = mean_squared_gradients(original, scales, data.training.take(torch.arange(found)))
    ((given, hessian),) = clustering.given
    kept = (weights != 0).numpy()
    np.testing.assert_allclose(given, weights.numpy()[kept], rtol=1e-6)
    np.testing.assert_allclose(hessian, expected.numpy()[kept], rtol=1e-3, atol=1e-9)
    assert int(network.stem.norm.num_batches_tracked) == 1, "it has gone back to training"


def test_all_errors_count_the_same_unless_said_otherwise(root: Path) -> None:
    clustering = Noting()
    model = QuantizedNetwork(pruned_network(), centers, codebooks="tensor")
    trainer(1).fit(task(model, clustering), small_cifar10(root))
    assert len(clustering.given) == len(model.partition.groups)
    assert all((hessian == 1).all() for _, hessian in clustering.given)


def test_another_importance() -> None:
    with pytest.raises(ValueError, match="importance must be one of equal, fisher, got hessian"):
        task(QuantizedNetwork(pruned_network(), centers), importance="hessian")


def test_too_few_centers(root: Path) -> None:
    """Eight clusters and the zeros."""
    model = QuantizedNetwork(pruned_network(), functools.partial(SoftToHard, centers=8))
    with pytest.raises(ConfigError, match=r"there are 9 clusters and quantizer\.centers=8"):
        trainer(1).fit(task(model), small_cifar10(root))


@pytest.mark.parametrize("quantizer", [functools.partial(Scalar, levels=31), Identity], ids=["scalar", "identity"])
def test_a_quantizer_without_centers(quantizer: Any, root: Path) -> None:
    model = QuantizedNetwork(pruned_network(), quantizer)
    with pytest.raises(ConfigError, match="quantizer=soft_to_hard"):
        trainer(1).fit(task(model), small_cifar10(root))
