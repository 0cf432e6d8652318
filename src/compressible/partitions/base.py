"""The partition interface: which vectors of a tensor are quantized, in which groups."""

from abc import ABC, abstractmethod

from torch import Tensor


class Partition(ABC):
    """An exactly invertible cut of a tensor into groups of vectors.

    Attributes:
        patch: rows and columns of features that share a symbol.
    """

    patch: tuple[int, int]

    @abstractmethod
    def cut(self, tensor: Tensor) -> Tensor:
        """Vectors (groups, n, d) of ``tensor``."""

    @abstractmethod
    def restore(self, vectors: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The tensor of ``shape`` that was cut into ``vectors``."""

    @abstractmethod
    def groups(self, channels: int) -> int:
        """Number of groups that a feature map of ``channels`` is cut into."""

    @abstractmethod
    def dimension(self, channels: int) -> int:
        """d, entries of a vector."""

    @abstractmethod
    def grid(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Layout of the n vectors of one group for a tensor of ``shape``; its product is n."""
