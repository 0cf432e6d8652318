"""What every compressing model has in common: its result, and the symbols between its two halves."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor, nn

from compressible.models.bottleneck import Bottleneck
from compressible.quantizers import Quantized


@dataclass(frozen=True)
class Output:
    """A model's result.

    Attributes:
        x_hat: reconstruction (or the parameters of a likelihood), in the model's own output space.
        quantized: one entry a bottleneck, coarsest first. A single bottleneck is a tuple of one.
    """

    x_hat: Tensor
    quantized: tuple[Quantized, ...]


class CompressingModel(nn.Module, ABC):
    """A network with one bottleneck or more, cut in two at the symbols.

    Attributes:
        stride: pixels between two features, each way; input sides are multiples of it.
        halo: how many features away from its own a pixel still matters, and a feature from its own pixel. Pieces of an
            image that overlap by this much give the same result as the whole.
        encoder_parameters: prefix of the parameters that only the encoding half uses.
    """

    stride: int
    halo: int
    encoder_parameters: str

    @property
    @abstractmethod
    def bottlenecks(self) -> tuple[Bottleneck, ...]:
        """All bottlenecks, coarsest first."""

    @abstractmethod
    def features(self, x: Tensor) -> tuple[Tensor, ...]:
        """What each bottleneck quantizes, (b, c, h, w)."""

    @abstractmethod
    def forward(self, x: Tensor) -> Output:
        """Reconstruct ``x`` through the bottlenecks."""

    @abstractmethod
    def symbols(self, x: Tensor) -> tuple[Tensor, ...]:
        """Hard symbols of ``x``, one tensor a bottleneck."""

    @abstractmethod
    def reconstruct(self, symbols: tuple[Tensor, ...], shape: tuple[int, ...]) -> Tensor:
        """Decode the symbols of an input of ``shape``."""
