"""Where clustering starts: at vectors of the data that lie far from one another."""

import torch
from torch import Tensor


def sample_apart(vectors: Tensor, size: int) -> Tensor:
    """``size`` of the vectors (n, d), each drawn in proportion to its squared distance from those before.

    Drawn evenly, some parts of the data get no center, and gradients do not bring one there: the hard energy of 13
    scalar centers was then up to 2.6 times that of k-means. Arthur & Vassilvitskii 2007, "k-means++".
    """
    candidates = vectors[torch.randperm(len(vectors))[: max(8 * size, 2048)]]
    picks = [0]
    distance = (candidates - candidates[0]).square().sum(-1)
    for _ in range(size - 1):
        picks.append(int(torch.multinomial(distance if distance.any() else torch.ones_like(distance), 1)))
        distance = torch.minimum(distance, (candidates - candidates[picks[-1]]).square().sum(-1))
    return candidates[picks]
