"""Normalisation statistics for weights that are not those they were gathered with."""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from compressible.functional import call_with


@torch.no_grad()
def recalibrate(network: nn.Module, weights: Mapping[str, Tensor], batches: Iterable[Any]) -> None:
    """Replace the running statistics of ``network`` by the mean over ``batches``, computed with ``weights``.

    Args:
        network: its mode and momenta are put back afterwards; without batch normalisation nothing changes.
        weights: used instead of the parameters of these names.
        batches: inputs of the network, tuples where it takes several; equal sizes, since each counts the same.

    Raises:
        ValueError: there are no batches to gather statistics over.
    """
    layers = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    if not layers:
        return
    inputs = iter(batches)
    first = next(inputs, None)
    if first is None:
        raise ValueError("statistics of batch normalisations need at least one batch")
    modes = {module: module.training for module in network.modules()}
    momenta = [layer.momentum for layer in layers]
    network.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # a cumulative mean
        layer.train()
    for batch in chain([first], inputs):
        call_with(network, weights, *(batch if isinstance(batch, tuple) else (batch,)))
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    for module, mode in modes.items():
        module.training = mode
