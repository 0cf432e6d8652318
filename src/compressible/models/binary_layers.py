"""Layers whose weights are signs, or whose inputs are, or both, or neither.

    x ──► activation: none, sign or relu ──► * W, or * sign(latent W)

A sign is -1 or 1, and 1 of zero; its gradient is that of the identity where its argument lies within -1..1, and zero
elsewhere. Latent weights are what the optimizer moves, and should keep within that range (``optimizers.clipped_adam``).

Hubara et al. 2016, "Binarized Neural Networks", section 1; ``ste_sign`` and ``weight_clip`` of Larq.
"""

from abc import ABC, abstractmethod
from math import prod
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Activation = Literal["none", "sign", "relu"]
LATENT = "latent"
"""Name of the parameter of which a layer uses the signs."""


def sign(x: Tensor) -> Tensor:
    """-1 or 1, straight-through within -1..1."""
    within = x.clamp(-1, 1)
    one = x.new_ones(())
    return torch.where(x < 0, -one, one) + (within - within.detach())


class BinaryLayer(nn.Module, ABC):
    """A layer without a bias.

    Args:
        shape: of the kernel, outputs and inputs first.
        binary: whether the signs of its weights are used.
        activation: what is done to the input.
    """

    def __init__(self, shape: tuple[int, ...], binary: bool, activation: Activation) -> None:
        super().__init__()
        if activation not in get_args(Activation):
            raise ValueError(f"activation must be one of {', '.join(get_args(Activation))}, got {activation}")
        self.binary = binary
        self.activation: Activation = activation
        self._stored = LATENT if binary else "weight"
        self.register_parameter(self._stored, nn.Parameter(torch.empty(shape)))
        self.reset_parameters()

    @property
    def stored(self) -> Tensor:
        """The parameter: weights, or latent ones."""
        return getattr(self, self._stored)

    @property
    def inputs(self) -> int:
        """Numbers that make one output."""
        return prod(self.stored.shape[1:])

    def reset_parameters(self) -> None:
        """Uniform, as Keras does (Glorot & Bengio 2010)."""
        nn.init.xavier_uniform_(self.stored)

    def kernel(self) -> Tensor:
        """The weights that are used."""
        return sign(self.stored) if self.binary else self.stored

    def activated(self, x: Tensor) -> Tensor:
        """The input that is used, in floating point."""
        x = x.to(self.stored.dtype)
        match self.activation:
            case "sign":
                return sign(x)
            case "relu":
                return x.relu()
            case _:
                return x

    @abstractmethod
    def combine(self, x: Tensor, kernel: Tensor) -> Tensor:
        """Sums of products."""

    def forward(self, x: Tensor) -> Tensor:
        """Sums of products with the activated input."""
        return self.combine(self.activated(x), self.kernel())


class BinaryConv2d(BinaryLayer):
    """Convolution without padding, (b, inputs, h, w) to (b, channels, h', w').

    Args:
        channels_before: of the input.
        channels: of the output.
        kernel: side of the kernel.
        stride: places between two pieces of the input.
        binary: see ``BinaryLayer``.
        activation: see ``BinaryLayer``.
    """

    def __init__(
        self,
        channels_before: int,
        channels: int,
        kernel: int,
        stride: int = 1,
        binary: bool = True,
        activation: Activation = "sign",
    ) -> None:
        super().__init__((channels, channels_before, kernel, kernel), binary, activation)
        self.stride = stride

    def combine(self, x: Tensor, kernel: Tensor) -> Tensor:
        """See ``BinaryLayer``."""
        if x.shape[-2:] == kernel.shape[-2:]:
            # The same as a matrix product, which is faster.
            return F.linear(x.flatten(1), kernel.flatten(1))[:, :, None, None]
        return F.conv2d(x, kernel, stride=self.stride)


class BinaryLinear(BinaryLayer):
    """Matrix product, (b, ...) to (b, units).

    Args:
        inputs: numbers of one item.
        units: of the output.
        binary: see ``BinaryLayer``.
        activation: see ``BinaryLayer``.
    """

    def __init__(self, inputs: int, units: int, binary: bool = True, activation: Activation = "sign") -> None:
        super().__init__((units, inputs), binary, activation)

    def combine(self, x: Tensor, kernel: Tensor) -> Tensor:
        """See ``BinaryLayer``."""
        return F.linear(x.flatten(1), kernel)
