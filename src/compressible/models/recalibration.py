"""Normalisation statistics for weights that are not those they were gathered with."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call


@torch.no_grad()
def recalibrate(network: nn.Module, weights: Mapping[str, Tensor], batches: Iterable[Tensor]) -> None:
    """Replace the running statistics of ``network`` by the mean over ``batches``, computed with ``weights``.

    Args:
        network: its mode and momenta are put back afterwards; without batch normalisation nothing changes.
        weights: used instead of the parameters of these names.
        batches: inputs of the network; equal sizes, since each counts the same.
    """
    layers = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    modes = {module: module.training for module in network.modules()}
    momenta = [layer.momentum for layer in layers]
    network.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # a cumulative mean
        layer.train()
    for batch in batches:
        functional_call(network, dict(weights), (batch,))
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    for module, mode in modes.items():
        module.training = mode
