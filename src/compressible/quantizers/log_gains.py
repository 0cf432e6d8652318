"""Lengths of vectors on a logarithmic scale.

smallest                                                 largest
├─────┼─────┤├─────┼─────┤├─────┼─────┤├─────┼─────┤        equal cells of log length
     g_0          g_1          g_2          g_3             a length in between is off by half a cell at most
"""

import torch
from torch import Tensor, nn

from compressible.processes import of_first_process

_SHORT = 0.01
"""Share of the vectors that may be shorter than the smallest gain: single ones would stretch the scale for all."""
_LEAST_RATIO = 2.0
"""Of the largest to the smallest gain, so that levels are told apart where all lengths are the same."""


class LogGains(nn.Module):
    """Levels of length of each group, from 2^-8 to 2^8 to begin with.

    Args:
        groups: number of groups.
        size: L, number of levels.

    Attributes:
        levels: (groups, L), ascending.
    """

    levels: Tensor

    def __init__(self, groups: int, size: int) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f"gain_levels must be positive, got {size}")
        self.register_buffer("levels", log_levels(2.0**-8, 2.0**8, size).float().repeat(groups, 1))

    @torch.no_grad()
    def fit(self, lengths: Tensor) -> None:
        """Span ``lengths`` (groups, n), short of the shortest hundredth. Zeros and what is not finite are left out."""
        normal = torch.finfo(torch.float32)
        for levels, row in zip(self.levels, lengths, strict=True):
            known = row[(row >= normal.tiny) & (row <= normal.max)].sort().values
            if len(known):
                levels.copy_(log_levels(float(known[int(_SHORT * len(known))]), float(known[-1]), len(levels)))

    @torch.no_grad()
    def follow(self, lengths: Tensor, decay: float) -> None:
        """Move levels, on their scale, towards those that span ``lengths`` (groups, n) of the first process.

        Args:
            lengths: of one batch.
            decay: share of the old place that a step keeps.
        """
        old = self.levels.double().log()
        self.fit(lengths)
        new = of_first_process(self.levels).double().log()
        self.levels.copy_((decay * old + (1 - decay) * new).exp())

    def symbols(self, lengths: Tensor) -> Tensor:
        """The level nearest to each length on the logarithmic scale, (groups, n) int64.

        Args:
            lengths: (groups, n), float64.
        """
        levels = self.levels.double()
        # No logarithm is taken of a length: its last bit may depend on the place in memory.
        return torch.searchsorted((levels[:, :-1] * levels[:, 1:]).sqrt(), lengths.contiguous())

    def dequantize(self, symbols: Tensor) -> Tensor:
        """Lengths (groups, n)."""
        return self.levels.gather(1, symbols)


def log_levels(smallest: float, largest: float, size: int) -> Tensor:
    """Middles of ``size`` cells between two lengths, (size,) float64, all equal on the logarithmic scale."""
    smallest = min(smallest, largest / _LEAST_RATIO)
    places = (torch.arange(size, dtype=torch.float64) + 0.5) / size
    return smallest * (largest / smallest) ** places
