"""The nearest code of each vector: exact, in bounded memory, and the same whatever else is in the batch.

    z (g, n, d), codes (g, K, d) ──► |c|^2 / 2 - z.c, chunk by chunk, float32 ──► codes that rounding leaves possible
    where they are several ──► the same in float64, in a fixed order of sums ──► the least; of equal ones the first

The last bits of a matrix product depend on its shape, and so on the neighbours of a vector. All that is taken from it
is which codes cannot be the nearest, by a bound on its error: the answer is that of float64 arithmetic.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

CHUNK_ELEMENTS = 1 << 20
"""Distances held at a time: 4 MiB in float32, which stays in the caches."""
ROUNDING = 2.0**-24
"""Largest relative error of one operation in float32."""
INPUT_ROUNDING = {"highest": 0.0, "high": 2.0**-10, "medium": 2.0**-8}
"""The same of a factor of a matrix product, by ``torch.get_float32_matmul_precision()``: TF32, bfloat16."""


@torch.no_grad()
def nearest_code(z: Tensor, codes: Tensor) -> Tensor:
    """Index of the nearest code of each vector, (g, n) int64; ties go to the lowest index.

    Computed from float32 values whatever autocast says. What is not a number counts as zero, what is infinite as the
    largest number.

    Args:
        z: vectors (g, n, d).
        codes: (g, K, d), the codes of each group.
    """
    z, codes = z.float().nan_to_num(), codes.float().nan_to_num()
    symbols = torch.empty(z.shape[:2], dtype=torch.int64, device=z.device)
    rows = max(1, CHUNK_ELEMENTS // codes.shape[1])
    with torch.autocast(z.device.type, enabled=False):
        for vectors, table, found in zip(z, codes, symbols, strict=True):
            half_norms = table.double().square().sum(1).div(2).float()
            for chunk, target in zip(vectors.split(rows), found.split(rows), strict=True):
                row, column = _candidates(chunk, table, half_norms)
                target.copy_(column if len(column) == len(chunk) else _nearest(chunk, table, row, column))
    return symbols


def pairwise_sum(values: Tensor) -> Tensor:
    """Sum over the last axis in an order that its length alone decides, so that the last bit depends on no shape."""
    while (size := values.shape[-1]) > 1:
        even = F.pad(values, (0, size % 2))
        values = even[..., ::2] + even[..., 1::2]
    return values[..., 0]


def _candidates(z: Tensor, codes: Tensor, half_norms: Tensor) -> tuple[Tensor, ...]:
    """Rows of ``z`` (n, d) and of ``codes`` (K, d) that may be nearest neighbours, ascending; at least one a vector."""
    half = torch.addmm(half_norms, z, codes.mT, alpha=-1)
    # A sum of d products of factors rounded beforehand, one more sum, and the rounding of the half norms themselves.
    relative = 2 * INPUT_ROUNDING[torch.get_float32_matmul_precision()] + (z.shape[1] + 4) * ROUNDING
    product = torch.linalg.vector_norm(z, dim=1) * torch.linalg.vector_norm(codes, dim=1).max()
    error = relative * product + 4 * ROUNDING * half_norms.max() + torch.finfo(torch.float32).tiny
    limit = half.amin(1) + 2 * error
    # Said the other way round, an overflow would leave no candidate; so it leaves all.
    return (half > limit[:, None]).logical_not_().nonzero(as_tuple=True)


def _nearest(z: Tensor, codes: Tensor, row: Tensor, column: Tensor) -> Tensor:
    """The nearest of the candidates of each vector, (n,)."""
    rival = (row.bincount() > 1)[row]
    half = torch.zeros(len(row), dtype=torch.float64, device=z.device)
    half[rival] = _exact_half_distances(z, codes, row[rival], column[rival])
    least = half.new_full((len(z),), torch.inf).scatter_reduce_(0, row, half, "amin")
    kept = half == least[row]
    first = column.new_full((len(z),), len(codes))
    return first.scatter_reduce_(0, row[kept], column[kept], "amin")


def _exact_half_distances(z: Tensor, codes: Tensor, row: Tensor, column: Tensor) -> Tensor:
    """|c|^2 / 2 - z.c of pairs of a vector and a code, float64, some at a time."""
    size = max(1, CHUNK_ELEMENTS // z.shape[1])
    result = torch.empty(len(row), dtype=torch.float64, device=z.device)
    for part, i, j in zip(result.split(size), row.split(size), column.split(size), strict=True):
        vector, code = z[i].double(), codes[j].double()
        part.copy_(pairwise_sum(code * (code / 2 - vector)))
    return result
