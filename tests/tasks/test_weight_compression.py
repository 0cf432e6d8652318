"""The loss of network compression, against its terms made one by one."""

import copy
import functools
import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.annealing import Constant
from compressible.data.labelled_images import LabelledImages
from compressible.models import QuantizedNetwork, ResNet
from compressible.quantizers import SoftToHard
from compressible.rates import Histogram
from compressible.tasks import Stages, WarmupCosine, WeightCompression
from compressible.tasks.optimizers import adam

ALL_BITS = math.log2(9)
"""What 9 symbols of one probability cost, and no histogram more in the mean."""


def compression(beta: float, target: float) -> WeightCompression:
    torch.manual_seed(0)
    model = QuantizedNetwork(ResNet(8, 4), functools.partial(SoftToHard, centers=9, seeding="even"))
    task = WeightCompression(
        model,
        functools.partial(Histogram, window=1, every=1),
        beta,
        Constant(),
        Stages(autoencoder=0.0, unfreeze=0.0, hard=0.2),
        functools.partial(adam, lr=1e-3),
        WarmupCosine(0.1, 0.0, 0.1),
        target=target,
    )
    task.fit_quantizers()
    task.log_dict = lambda *_, **__: None  # there is no trainer
    return task


def images() -> LabelledImages:
    generator = torch.Generator().manual_seed(1)
    return LabelledImages(
        torch.randint(256, (4, 3, 32, 32), dtype=torch.uint8, generator=generator), torch.tensor([0, 3, 9, 3])
    )


def loss_and_gradients(task: WeightCompression) -> tuple[Tensor, list[Tensor]]:
    loss = task.training_step(images(), 0)
    return loss.detach(), list(torch.autograd.grad(loss, list(task.model.parameters())))


def bits_and_gradients(task: WeightCompression) -> tuple[Tensor, list[Tensor]]:
    """Of a weight, without the task."""
    (entry,) = task.model(images().images)[1]
    bits = task.prices[0].rate(entry).loss / task.model.weights_count
    gradients = torch.autograd.grad(bits, list(task.model.parameters()), allow_unused=True, materialize_grads=True)
    return bits.detach(), list(gradients)


@pytest.mark.parametrize("target", [0.0, 0.5])
def test_bits_above_the_target_are_charged(target: float) -> None:
    task = compression(beta=3.0, target=target)
    bits, rate = bits_and_gradients(copy.deepcopy(task))
    assert bits > 0.5
    logits = task.model(images().images)[0]
    cross_entropy = F.cross_entropy(logits.float(), images().labels)
    plain = torch.autograd.grad(cross_entropy, list(task.model.parameters()))
    loss, gradients = loss_and_gradients(compression(beta=3.0, target=target))
    torch.testing.assert_close(loss, cross_entropy.detach() + 3 * (bits - target))
    for got, own, price in zip(gradients, plain, rate, strict=True):
        torch.testing.assert_close(got, own + 3 * price, rtol=1e-3, atol=1e-5)


def test_bits_below_the_target_cost_nothing() -> None:
    free, charged = (loss_and_gradients(compression(beta, ALL_BITS)) for beta in (0.0, 3.0))
    torch.testing.assert_close(charged, free, rtol=0, atol=0)


def test_a_target_is_not_negative() -> None:
    with pytest.raises(ValueError, match="target must not be negative, got -1 bits per weight"):
        compression(1.0, -1)
