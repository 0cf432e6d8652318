"""Which classes a network names, and of which images the right one."""

import torch
from torch import Tensor, nn


@torch.no_grad()
def guesses(network: nn.Module, images: Tensor, batch: int = 500) -> Tensor:
    """Classes of the largest logits, (n,), in float32 and eval mode.

    Args:
        network: logits (b, classes) of a batch of images; its mode is put back afterwards.
        images: what it takes, (n, ...), on its device.
        batch: images at a time.
    """
    modes = {module: module.training for module in network.modules()}
    network.eval()
    with torch.autocast(images.device.type, enabled=False):
        found = torch.cat([network(part).argmax(1) for part in images.split(batch)])
    for module, mode in modes.items():
        module.training = mode
    return found


def right_answers(network: nn.Module, images: Tensor, labels: Tensor, batch: int = 500) -> Tensor:
    """Whether the largest logit of an image is that of its label, (n,) bool; see ``guesses``."""
    return guesses(network, images, batch) == labels
