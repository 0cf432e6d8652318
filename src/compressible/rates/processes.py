"""Counts of a batch that several training processes share."""

import torch.distributed as dist
from torch import Tensor


def sum_over_processes(counts: Tensor) -> Tensor:
    """``counts`` of all training processes together, the same in each; as they are where there is only one.

    A collective operation: all processes must reach it.
    """
    if not (dist.is_available() and dist.is_initialized()):
        return counts
    total = counts.clone()
    dist.all_reduce(total)
    return total
