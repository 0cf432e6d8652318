"""Named tensors as long vectors of scalars: the cut of network weights.

    {name: tensor} ──► one vector for all, or one for each tensor ──► (1, n, 1) each

Agustsson et al. 2017, section 5: "we view the weights of the network as one vector W". Vectors of their own sizes are
kept apart rather than padded to one: a network has few, and no padding has to be priced or masked.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Literal, get_args

import torch
from torch import Tensor

Codebooks = Literal["network", "tensor"]
"""Who shares a codebook: all tensors (the paper); or each tensor has its own, but all biases and normalisation
parameters, which have one axis and few entries, share one."""


class Tensors:
    """An exactly invertible cut of named tensors.

    Args:
        shapes: shape of each tensor by its name, in order.
        codebooks: who shares a codebook, and so a vector.

    Attributes:
        groups: names in each vector, in the order in which their entries stand there.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], codebooks: Codebooks = "network") -> None:
        if codebooks not in get_args(Codebooks):
            raise ValueError(f"codebooks must be one of {', '.join(get_args(Codebooks))}, got {codebooks}")
        self.shapes = dict(shapes)
        self.groups = _together(self.shapes) if codebooks == "network" else _apart(self.shapes)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Entries of each vector."""
        return tuple(sum(prod(self.shapes[name]) for name in group) for group in self.groups)

    def cut(self, tensors: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """One vector (1, n, 1) for each group."""
        return tuple(torch.cat([tensors[name].reshape(-1) for name in group]).view(1, -1, 1) for group in self.groups)

    def restore(self, vectors: Sequence[Tensor]) -> dict[str, Tensor]:
        """The tensors that were cut into ``vectors``, in the order of ``shapes``."""
        found: dict[str, Tensor] = {}
        for group, vector in zip(self.groups, vectors, strict=True):
            pieces = vector.reshape(-1).split([prod(self.shapes[name]) for name in group])
            found |= {name: piece.view(self.shapes[name]) for name, piece in zip(group, pieces, strict=True)}
        return {name: found[name] for name in self.shapes}


def _together(shapes: Mapping[str, tuple[int, ...]]) -> tuple[tuple[str, ...], ...]:
    return (tuple(shapes),) if shapes else ()


def _apart(shapes: Mapping[str, tuple[int, ...]]) -> tuple[tuple[str, ...], ...]:
    small = tuple(name for name, shape in shapes.items() if len(shape) < 2)
    return (*((name,) for name, shape in shapes.items() if len(shape) >= 2), *((small,) if small else ()))
