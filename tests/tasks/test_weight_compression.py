"""The loss of network compression, against its terms made one by one."""

import copy
import functools

import pytest
import torch
import torch.nn.functional as F
from scipy.stats import entropy
from torch import Tensor

from compressible.annealing import Constant
from compressible.data.labelled_images import LabelledImages
from compressible.models import QuantizedNetwork, ResNet
from compressible.quantizers import SoftToHard
from compressible.rates import Histogram
from compressible.tasks import Stages, WarmupCosine, WeightCompression
from compressible.tasks.optimizers import adam


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
def test_bits_are_charged_above_the_target(target: float) -> None:
    task = compression(beta=3.0, target=target)
    bits, rate = bits_and_gradients(copy.deepcopy(task))
    logits = task.model(images().images)[0]
    cross_entropy = F.cross_entropy(logits.float(), images().labels)
    plain = torch.autograd.grad(cross_entropy, list(task.model.parameters()))
    loss, gradients = loss_and_gradients(compression(beta=3.0, target=target))
    torch.testing.assert_close(loss, cross_entropy.detach() + 3 * bits)
    for got, own, price in zip(gradients, plain, rate, strict=True):
        torch.testing.assert_close(got, own + 3 * price, rtol=1e-3, atol=1e-5)


def entropy_of_symbols(task: WeightCompression) -> float:
    """Of the hard symbols, which is what their own histogram says they cost, bits per weight."""
    (symbols,) = task.model.symbols()
    return float(entropy(torch.bincount(symbols.flatten()).numpy(), base=2))


def test_it_is_hard_symbols_that_stop_being_charged() -> None:
    """Soft ones cost more here."""
    task = compression(beta=3.0, target=0.0)
    hard, (soft, _) = entropy_of_symbols(task), bits_and_gradients(task)
    assert soft > hard + 0.05
    free = loss_and_gradients(compression(0.0, 0.0))
    torch.testing.assert_close(loss_and_gradients(compression(3.0, hard + 0.01)), free, rtol=0, atol=0)
    charged = loss_and_gradients(compression(3.0, hard - 0.01))
    torch.testing.assert_close(charged[0], free[0] + 3 * soft)


def test_a_target_is_not_negative() -> None:
    with pytest.raises(ValueError, match="target must not be negative, got -1 bits per weight"):
        compression(1.0, -1)
