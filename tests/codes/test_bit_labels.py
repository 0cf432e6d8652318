from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from compressible.codes.bit_labels import bits_of, labels_of, signs_of_bits, sorted_labels


def cost(vectors: Tensor, labels: list[int]) -> float:
    """Sum of squared distances between codes whose labels differ in one bit, by its definition."""
    pairs = combinations(range(len(labels)), 2)
    near = [(i, j) for i, j in pairs if (labels[i] ^ labels[j]).bit_count() == 1]
    return sum(float((vectors[i] - vectors[j]).double().square().sum()) for i, j in near)


@pytest.mark.parametrize(("size", "bits"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (16, 4), (1000, 10)])
def test_bits_that_tell_symbols_apart(size: int, bits: int) -> None:
    assert bits_of(size) == bits


def test_gray_labels_of_neighbours_differ_in_one_bit() -> None:
    labels = labels_of("gray", torch.zeros(16, 1)).tolist()
    assert sorted(labels) == list(range(16))
    assert all((a ^ b).bit_count() == 1 for a, b in pairwise(labels))
    assert labels_of("natural", torch.zeros(16, 1)).tolist() == list(range(16))


@given(st.integers(0, 2**32 - 1), st.integers(2, 12))
@settings(max_examples=30)
def test_no_exchange_improves_sorted_labels(seed: int, size: int) -> None:
    vectors = torch.from_numpy(np.random.default_rng(seed).normal(size=(size, 2)))
    labels = sorted_labels(vectors).tolist()
    assert sorted(labels) == list(range(size))
    own = cost(vectors, labels)
    assert own <= cost(vectors, list(range(size))) + 1e-9
    for a, b in combinations(range(size), 2):
        other = list(labels)
        other[a], other[b] = other[b], other[a]
        assert cost(vectors, other) >= own - 1e-6 * own


def test_codes_on_a_line_are_labelled_as_well_as_can_be() -> None:
    vectors = torch.tensor([[3.0], [0.0], [1.0], [2.0]])
    best = min(cost(vectors, list(order)) for order in permutations(range(4)))
    assert cost(vectors, sorted_labels(vectors).tolist()) == best
    assert cost(vectors, [0, 1, 2, 3]) > best


def test_bits_as_signs() -> None:
    """0110, 0001 with the highest bit first."""
    assert signs_of_bits(torch.tensor([6, 1]), 4).tolist() == [[-1, 1, 1, -1], [-1, -1, -1, 1]]
