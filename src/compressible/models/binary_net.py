"""Networks whose weights and activations are mostly signs.

    images ─► normalisation ─► [layer ─► max-pooling ─► normalisation without scale] x n ─► logits

With binary kernels of 3 x 3 on pixels it is the network of Larq's MNIST tutorial (Geiger et al. 2020); with one kernel
over all 7 x 7 codes of an image, that of Jacobellis 2022, "Compressed Learning".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch.nn.functional as F
from torch import Tensor, nn

from compressible.instantiate import ConfigError
from compressible.models.binary_layers import Activation, BinaryConv2d, BinaryLayer, BinaryLinear
from compressible.models.offset_norm import OffsetNorm


@dataclass(frozen=True)
class LayerPlan:
    """One layer of a network.

    Attributes:
        channels: of the output; of the last layer, the classes.
        kernel: side of the convolution kernel; None for a dense layer.
        stride: of the convolution.
        pool: side of the max-pooling that follows.
        binary: whether the signs of its weights are used.
        activation: what is done to the input.
    """

    channels: int
    kernel: int | None = None
    stride: int = 1
    pool: int = 1
    binary: bool = True
    activation: Activation = "sign"

    def layer(self, shape: tuple[int, int, int]) -> BinaryLayer:
        """The layer for inputs of ``shape`` (c, h, w)."""
        c, h, w = shape
        if self.kernel is None:
            return BinaryLinear(c * h * w, self.channels, self.binary, self.activation)
        return BinaryConv2d(c, self.channels, self.kernel, self.stride, self.binary, self.activation)

    def output(self, shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """What inputs of ``shape`` (c, h, w) become. Raises ``ValueError`` if the kernel or the pooling is larger."""
        if self.kernel is None:
            return self.channels, 1, 1
        _, *sides = shape
        h, w = (((side - self.kernel) // self.stride + 1) // self.pool for side in sides)
        if min(h, w) < 1:
            raise ValueError(f"a kernel of {self.kernel} and pooling of {self.pool} leave nothing of {tuple(sides)}")
        return self.channels, h, w


class Stage(nn.Module):
    """A layer, max-pooling and normalisation.

    Args:
        plan: of the layer.
        shape: of its input, (c, h, w).
    """

    def __init__(self, plan: LayerPlan, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.plan = plan
        self.layer = plan.layer(shape)
        self.norm = OffsetNorm(plan.channels)

    def forward(self, x: Tensor) -> Tensor:
        """Normalised sums."""
        sums, pool = self.layer(x), self.plan.pool
        return self.norm(F.max_pool2d(sums, pool) if pool > 1 else sums)


class BinaryNet(nn.Module):
    """Classifier.

    Args:
        shape: of one item of the input, (c, h, w).
        layers: one after the other; the output of the last has one place.
        normalisation: of the input; None if it is taken as it is.
    """

    def __init__(
        self, shape: Sequence[int], layers: Sequence[LayerPlan], normalisation: nn.Module | None = None
    ) -> None:
        super().__init__()
        c, h, w = shape
        self.shape = (c, h, w)
        self.normalisation = nn.Identity() if normalisation is None else normalisation
        stages: list[Stage] = []
        current = self.shape
        for plan in layers:
            stages.append(Stage(plan, current))
            current = plan.output(current)
        if current[1:] != (1, 1):
            raise ValueError(f"the last layer must leave one place, and leaves {current[1]} x {current[2]}")
        self.stages = nn.Sequential(*stages)

    def all_stages(self) -> tuple[Stage, ...]:
        """In order."""
        return tuple(cast(Stage, stage) for stage in self.stages)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (b, classes) of inputs (b, c, h, w), of any type.

        Raises:
            ConfigError: they have another shape than the network was made for.
        """
        if x.shape[1:] != self.shape:
            raise ConfigError(
                f"the network is made for inputs of shape {_listed(self.shape)} and is given others; "
                f"model.shape={_listed(x.shape[1:])} makes one for these"
            )
        return self.stages(self.normalisation(x)).flatten(1)


def _listed(shape: Sequence[int]) -> str:
    """A shape as one writes it on the command line."""
    return f"[{','.join(map(str, shape))}]"
