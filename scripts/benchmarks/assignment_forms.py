"""Nearest center and soft assignment: ours, and the plain forms they are measured against.

    dense       all (g, n, L) distances at once by one matrix product; autograd keeps what it needs
    broadcast   all (g, n, L, d) differences at once
    chunked     bounded memory, all centers: ours for vectors; for scalars ours is banded

As a program it measures the memory of one form in a process of its own; ``assignment.py`` starts it.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from benchmarks.memory_case import MemoryCase, print_peaks
from compressible.quantizers.banded_assignment import banded_soft_assign
from compressible.quantizers.scalar_cells import nearest_scalar
from compressible.quantizers.soft_assignment import nearest, soft_assign

SIGMA = 1.0

Soft = Callable[[Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]
Form = Callable[[Tensor, Tensor], object]


@dataclass(frozen=True)
class Size:
    """Vectors (groups, n, dimension) and centers (1, centers, dimension), as in the bottleneck or network named.

    Attributes:
        spread: standard deviation of vectors and centers, in units of 1 / sqrt(sigma): the larger, the harder.
    """

    name: str
    groups: int
    n: int
    dimension: int
    centers: int
    spread: float = 1.0


def vectors(size: Size) -> tuple[Tensor, Tensor]:
    """Vectors and centers, always the same."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(size.groups, size.n, size.dimension, generator=generator)
    centers = torch.randn(1, size.centers, size.dimension, generator=generator)
    return size.spread * z, size.spread * centers


def squared_distances(z: Tensor, centers: Tensor) -> Tensor:
    """All squared distances, (g, n, L)."""
    return (z * z).sum(-1, keepdim=True) - 2 * (z @ centers.mT) + (centers * centers).sum(-1).unsqueeze(1)


def nearest_dense(z: Tensor, centers: Tensor) -> Tensor:
    """Index of the nearest center from all distances."""
    return squared_distances(z, centers).argmin(-1)


def nearest_broadcast(z: Tensor, centers: Tensor) -> Tensor:
    """Index of the nearest center from all differences."""
    return (z.unsqueeze(2) - centers.unsqueeze(1)).square().sum(-1).argmin(-1)


def soft_chunked(z: Tensor, centers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Soft values, soft histogram and symbols as the framework makes them of vectors."""
    return soft_assign(z, centers, SIGMA)


def soft_banded(z: Tensor, centers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The same as the framework makes them of scalars."""
    return banded_soft_assign(z, centers, SIGMA)


def soft_dense(z: Tensor, centers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The same from one (g, n, L) matrix."""
    distances = squared_distances(z, centers)
    phi = torch.softmax(-SIGMA * distances, -1)
    return phi @ centers, phi.mean(1), distances.argmin(-1)


def forward(soft: Soft) -> Form:
    """``soft`` without gradients."""
    return torch.no_grad()(soft)


def forward_backward(soft: Soft) -> Form:
    """``soft`` and the gradients of a loss on both of its differentiable results."""

    def run(z: Tensor, centers: Tensor) -> tuple[Tensor | None, Tensor | None]:
        z, centers = z.detach().requires_grad_(), centers.detach().requires_grad_()
        z_soft, histogram, _ = soft(z, centers)
        (z_soft.square().mean() + histogram.square().sum()).backward()
        return z.grad, centers.grad

    return run


VECTORS: Mapping[str, Mapping[str, Form]] = {
    "nearest": {"ours": nearest, "dense": nearest_dense, "broadcast": nearest_broadcast},
    "soft_forward": {"ours": forward(soft_chunked), "dense": forward(soft_dense)},
    "soft_forward_backward": {"ours": forward_backward(soft_chunked), "dense": forward_backward(soft_dense)},
}
SCALARS: Mapping[str, Mapping[str, Form]] = {
    "nearest": {"ours": nearest_scalar, "chunked": nearest, "dense": nearest_dense, "broadcast": nearest_broadcast},
    "soft_forward": {
        "ours": forward(soft_banded),
        "chunked": forward(soft_chunked),
        "dense": forward(soft_dense),
    },
    "soft_forward_backward": {
        "ours": forward_backward(soft_banded),
        "chunked": forward_backward(soft_chunked),
        "dense": forward_backward(soft_dense),
    },
}


def operations(size: Size) -> Mapping[str, Mapping[str, Form]]:
    """Forms of each operation at a size."""
    return SCALARS if size.dimension == 1 else VECTORS


def warm_call(case: MemoryCase[Size]) -> Callable[[], object]:
    """The call of a case, after one with two vectors: threads and libraries allocate once."""
    form = operations(case.size)[case.operation][case.form]
    form(*vectors(Size("warm-up", case.size.groups, 2, case.size.dimension, case.size.centers)))
    return partial(form, *vectors(case.size))


if __name__ == "__main__":
    print_peaks(sys.argv[1], Size, warm_call)
