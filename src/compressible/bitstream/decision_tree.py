"""A symbol as binary decisions: the path from the root of a Huffman tree to it.

So a probable symbol takes few decisions: one after another, most probable first, where the table is skewed, and log2 L
of them where it is flat.

Huffman 1952, "A method for the construction of minimum-redundancy codes".
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.tables import alphabet_sizes

UNIT = 1 << 22
"""Probabilities are in units of 1 / UNIT."""
LEAST = 1 << 6
"""The least probability of a decision, and the least short of one."""
KNOWN = 18
"""Occurrences that a decision of a given table counts for."""


class Trees(NamedTuple):
    """Decision trees; T of them, with at most N inner nodes and L symbols. Node 0 is the root.

    ``context_kernel`` knows the fields by their order.

    Attributes:
        of_group: tree of each group, (groups,).
        sizes: alphabet of each group, (groups,).
        children: (T, N, 2), for both outcomes the next node, or the complement of a symbol.
        priors: (T, N), probability of outcome 1 and how many occurrences it rests on: 256 p + count.
        codes: (T, L), outcomes on the way to a symbol, the first one highest.
        lengths: (T, L), how many there are.
    """

    of_group: NDArray[np.int64]
    sizes: NDArray[np.int64]
    children: NDArray[np.int64]
    priors: NDArray[np.int64]
    codes: NDArray[np.int64]
    lengths: NDArray[np.int64]


def trees_of_tables(tables: NDArray[np.integer]) -> Trees:
    """One tree a group, from its integer frequencies (groups, L). Raises ``ValueError`` on other than such tables."""
    sizes = alphabet_sizes(tables)
    rows = [row[:size].tolist() for row, size in zip(tables, sizes, strict=True)]
    return _trees(np.arange(len(sizes)), sizes, rows, KNOWN)


def trees_of_alphabet(alphabet: tuple[int, ...]) -> Trees:
    """One flat tree for each size of alphabet; nothing is known of the frequencies."""
    distinct = sorted(set(alphabet))
    return _trees(np.searchsorted(distinct, alphabet), alphabet, [[1] * size for size in distinct], 0)


def _trees(of_group: NDArray[np.integer], sizes: tuple[int, ...], rows: list[list[int]], known: int) -> Trees:
    width = max(map(len, rows), default=1)
    nodes = max(width - 1, 1)
    trees = Trees(
        of_group=of_group.astype(np.int64),
        sizes=np.array(sizes, dtype=np.int64),
        children=np.zeros((len(rows), nodes, 2), dtype=np.int64),
        priors=np.zeros((len(rows), nodes), dtype=np.int64),
        codes=np.zeros((len(rows), width), dtype=np.int64),
        lengths=np.zeros((len(rows), width), dtype=np.int64),
    )
    for i, weights in enumerate(rows):
        _plant(trees, i, weights, known)
    return trees


def _plant(trees: Trees, tree: int, weights: list[int], known: int) -> None:
    """Fill in one tree, root first."""
    merged = _merges(weights)
    last = len(merged) - 1
    code, length = [0] * len(merged), [0] * len(merged)
    for node, (likely, unlikely, p) in enumerate(reversed(merged)):
        trees.priors[tree, node] = (min(max(p, LEAST), UNIT - LEAST) << 8) | known
        for bit, child in enumerate((likely, unlikely)):
            path, depth = 2 * code[node] + bit, length[node] + 1
            if child < 0:
                trees.children[tree, node, bit] = child
                trees.codes[tree, ~child], trees.lengths[tree, ~child] = path, depth
            else:
                trees.children[tree, node, bit] = last - child
                code[last - child], length[last - child] = path, depth


def _merges(weights: list[int]) -> list[tuple[int, int, int]]:
    """Pairs in the order in which Huffman joins them: likelier half, other half, probability of the latter.

    A half is the complement of a symbol or the number of an earlier pair. Pairs come out in ascending order, so two
    queues do: of the symbols, sorted, and of the pairs. A tie takes the symbol.
    """
    order = sorted(range(len(weights)), key=weights.__getitem__)
    merged: list[tuple[int, int, int]] = []
    sums: list[int] = []
    leaf = pair = 0
    while len(merged) < len(weights) - 1:
        halves: list[tuple[int, int]] = []
        for _ in range(2):
            if pair == len(sums) or (leaf < len(order) and weights[order[leaf]] <= sums[pair]):
                halves.append((weights[order[leaf]], ~order[leaf]))
                leaf += 1
            else:
                halves.append((sums[pair], pair))
                pair += 1
        (less, unlikely), (more, likely) = halves
        merged.append((likely, unlikely, (less << 22) // (less + more)))
        sums.append(less + more)
    return merged
