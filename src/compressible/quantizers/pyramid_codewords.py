"""The integer vectors of d entries whose absolute values sum to K, numbered without a list of them.

    V(N, K) = V(N-1, K) + V(N, K-1) + V(N-1, K-1) vectors have N entries and K pulses;  V(N, 0) = 1,  V(0, K > 0) = 0
    U(N, K) = V(N-1, 0) + ... + V(N-1, K-1) of them start with a negative entry;        V(N, K) = U(N, K) + U(N, K+1)

    index of y = sum of U(N, K - |y_j|), and U(N, K+1) where y_j < 0, over its entries;  N entries, K pulses from y_j on

Fischer 1986, "A pyramid vector quantizer"; the names and the order are those of CELT, RFC 6716, section 4.3.4.2.
"""

from itertools import accumulate, pairwise

import torch
from torch import Tensor, nn

MAX_PULSES = 1 << 16
"""More would not be told apart in the direction of a float32 vector."""
_LIMIT = 1 << 63


class PyramidCodewords(nn.Module):
    """The codewords of a pyramid and their indices.

    Args:
        dimension: d, entries of a codeword.
        pulses: K, sum of their absolute values, 1 to 2^16.

    Attributes:
        count: V(d, K), number of codewords.

    Raises:
        ValueError: ``pulses`` is out of range, or there are so many codewords that an index is no int64.
    """

    table: Tensor

    def __init__(self, dimension: int, pulses: int) -> None:
        super().__init__()
        if not 1 <= pulses <= MAX_PULSES:
            raise ValueError(f"pulses must lie in 1..{MAX_PULSES}, got {pulses}")
        rows = _rows(dimension, pulses)
        self.dimension = dimension
        self.pulses = pulses
        self.count = _codewords(rows[-1])
        self.register_buffer("table", torch.tensor(rows), persistent=False)

    def index(self, y: Tensor) -> Tensor:
        """Indices (...) of codewords (..., d), int64."""
        magnitudes = y.abs()
        left = magnitudes.flip(-1).cumsum(-1).flip(-1)
        entries = torch.arange(self.dimension - 1, -1, -1, device=y.device)
        terms = self.table[entries, left - magnitudes] + (y < 0) * self.table[entries, left + 1]
        return terms.sum(-1)

    def vectors(self, index: Tensor) -> Tensor:
        """Codewords (..., d), int64, of indices (...) in 0..V-1."""
        left = torch.full_like(index, self.pulses)
        entries = []
        for row in self.table.flip(0):
            negatives = row[left + 1]
            is_negative = index >= negatives
            index = index - is_negative * negatives
            after = torch.searchsorted(row, index.contiguous(), right=True) - 1
            index = index - row[after]
            entries.append(torch.where(is_negative, after - left, left - after))
            left = after
        return torch.stack(entries, dim=-1)


def _rows(dimension: int, pulses: int) -> list[list[int]]:
    """U(N, 0..K+1) for N = 1..d."""
    rows = [[0] + [1] * (pulses + 1)]
    while len(rows) < dimension and _codewords(rows[-1]) < _LIMIT:
        v = (a + b for a, b in pairwise(rows[-1]))
        rows.append(list(accumulate(v, initial=0)))
    if _codewords(rows[-1]) >= _LIMIT:
        raise ValueError(
            f"{pulses} pulses in {dimension} dimensions make 2^63 codewords or more: take fewer, or smaller vectors"
        )
    return rows


def _codewords(row: list[int]) -> int:
    """V(N, K) from U(N, 0..K+1)."""
    return row[-2] + row[-1]
