"""The nearest code of each vector: exact, in bounded memory, and the same whatever else is in the batch.

    z (g, n, d), codes (g, K, d) ──► |c|^2 / 2 - z.c, chunk by chunk, float32 ──► the least of each block of codes ──►
    blocks that rounding leaves possible ──► their codes that it leaves possible
    where they are several ──► the same in float64, in a fixed order of sums ──► the least; of equal ones the first

The last bits of a matrix product depend on its shape, and so on the neighbours of a vector. All that is taken from it
is which codes cannot be the nearest, by a bound on its error: the answer is that of float64 arithmetic.
"""

from dataclasses import dataclass
from math import isqrt

import torch
import torch.nn.functional as F
from torch import Tensor

CHUNK_ELEMENTS = 1 << 20
"""Distances held at a time: 4 MiB in float32, which stays in the caches."""
FEWEST_IN_BLOCKS = 256
"""Fewer codes than that are not worth looking at in blocks."""
LANES = 32
"""Blocks come in multiples of it, at which their minima are taken side by side."""
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
    with torch.autocast(z.device.type, enabled=False):
        for vectors, of_group, found in zip(z, codes, symbols, strict=True):
            table = _table(of_group)
            rows = max(1, CHUNK_ELEMENTS // len(table.codes))
            for chunk, target in zip(vectors.split(rows), found.split(rows), strict=True):
                row, column = _candidates(chunk, table)
                target.copy_(column if len(column) == len(chunk) else _nearest(chunk, table.codes, row, column))
    return symbols


def pairwise_sum(values: Tensor) -> Tensor:
    """Sum over the last axis in an order that its length alone decides, so that the last bit depends on no shape."""
    while (size := values.shape[-1]) > 1:
        if size % 2:
            values = F.pad(values, (0, 1))
        values = values[..., ::2] + values[..., 1::2]
    return values[..., 0]


@dataclass(frozen=True)
class _Table:
    """The codes of a group, and what every chunk of vectors needs of them.

    Attributes:
        codes: (members * blocks, d). The last is repeated until all blocks are full: of equal ones the first is taken.
        members: codes of a block; their indices are ``blocks`` apart.
        half_norms: |c|^2 / 2, (members * blocks,).
        length: of the longest code, in float64: in float32 the square of a small one would vanish.
    """

    codes: Tensor
    members: int
    half_norms: Tensor
    length: Tensor


def _table(codes: Tensor) -> _Table:
    """The table of ``codes`` (K, d): about sqrt(K) blocks, or one for each code."""
    blocks = len(codes)
    if blocks >= FEWEST_IN_BLOCKS:
        blocks = LANES * -(-isqrt(blocks) // LANES)
    members = -(-len(codes) // blocks)
    size = members * blocks
    full = codes[torch.arange(size, device=codes.device).clamp(max=len(codes) - 1)]
    norms = full.double().square().sum(1)
    return _Table(full, members, norms.div(2).float(), norms.max().sqrt())


def _candidates(z: Tensor, table: _Table) -> tuple[Tensor, Tensor]:
    """Rows of ``z`` (n, d), ascending, and of the codes that may be nearest neighbours; at least one pair a vector."""
    half = torch.addmm(table.half_norms, z, table.codes.mT, alpha=-1)
    # A sum of d products of factors rounded beforehand, one more sum, and the rounding of the half norms themselves.
    relative = 2 * INPUT_ROUNDING[torch.get_float32_matmul_precision()] + (z.shape[1] + 4) * ROUNDING
    product = (torch.linalg.vector_norm(z, dim=1).double() * table.length).float()
    error = relative * product + 4 * ROUNDING * table.half_norms.max() + torch.finfo(torch.float32).tiny
    if table.members == 1:
        return _not_above(half.amin(1) + 2 * error, half)
    blocks = half.unflatten(1, (table.members, -1))
    least = blocks.amin(1)
    limit = least.amin(1) + 2 * error
    row, block = _not_above(limit, least)
    pair, member = _not_above(limit[row], blocks[row, :, block])
    return row[pair], member * least.shape[1] + block[pair]


def _not_above(limit: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Rows and columns of ``values`` (m, k) that are not above their row's ``limit`` (m,), ascending."""
    # Said the other way round, an overflow would leave no candidate; so it leaves all.
    row, column = (values > limit[:, None]).logical_not_().nonzero(as_tuple=True)
    return row, column


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
