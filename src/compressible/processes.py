"""Tensors that several training processes share. Collective operations: all processes must reach them."""

import torch.distributed as dist
from torch import Tensor


def sum_over_processes(values: Tensor) -> Tensor:
    """``values`` of all training processes together, the same in each; as they are where there is only one."""
    if not _are_several():
        return values
    total = values.clone()
    dist.all_reduce(total)
    return total


def of_first_process(values: Tensor) -> Tensor:
    """``values`` of the first training process, of the same shape in each; as they are where there is only one."""
    if not _are_several():
        return values
    shared = values.clone()
    dist.broadcast(shared, src=0)
    return shared


def _are_several() -> bool:
    return dist.is_available() and dist.is_initialized()
