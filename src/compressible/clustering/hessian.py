"""How much an error of each weight costs: the diagonal of the empirical Fisher information.

    F_k = 1/N sum_n (d loss_n / d w_k)^2        loss_n: cross-entropy of sample n with its true label

Choi et al. 2017, "Towards the limit of network quantization", weight errors by the diagonal of the Hessian, from a
second backward pass, and propose second moments of gradients (those of Adam) in its place. This is such a second
moment, of the gradients of single samples and not of batches, whose means would hide most of it. With labels drawn from
the network's own distribution it would be the Hessian but for terms in second derivatives of the logits; with true
labels it is a rougher stand-in, and small where samples are fitted well.
"""

from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import grad, vmap

from compressible.functional import call_with


@torch.no_grad()
def fisher_diagonal(
    network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], names: Sequence[str], samples_at_once: int = 16
) -> dict[str, Tensor]:
    """The mean over all samples of squared gradients of the cross-entropy, by parameter, float64.

    Args:
        network: images (b, ...) to logits (b, classes), in evaluation mode: samples must not see each other.
        batches: images (b, ...) and labels (b,); of any sizes, each sample counts the same.
        names: of the parameters.
        samples_at_once: gradients that are held at a time, each as large as the parameters.

    Raises:
        ValueError: the network trains, has no such parameter, or there are no samples.
    """
    if any(module.training for module in network.modules()):
        raise ValueError("the gradients of single samples need a network in evaluation mode")
    parameters = dict(network.named_parameters())
    if unknown := set(names) - set(parameters):
        raise ValueError(f"the network has no parameter {', '.join(sorted(unknown))}")

    def loss(weights: dict[str, Tensor], image: Tensor, label: Tensor) -> Tensor:
        return F.cross_entropy(call_with(network, weights, image[None]), label[None])

    gradients_of = vmap(grad(loss), in_dims=(None, 0, 0))
    weights = {name: parameters[name].detach() for name in names}
    sums = {name: torch.zeros_like(weight, dtype=torch.float64) for name, weight in weights.items()}
    samples = 0
    for images, labels in batches:
        samples += len(labels)
        for some_images, some_labels in zip(images.split(samples_at_once), labels.split(samples_at_once), strict=True):
            for name, gradients in gradients_of(weights, some_images, some_labels).items():
                sums[name] += gradients.double().square().sum(0)
    if not samples:
        raise ValueError("the Fisher information needs at least one sample")
    return {name: total / samples for name, total in sums.items()}
