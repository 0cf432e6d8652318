import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import huffman
from compressible.bitstream.decision_tree import KNOWN, UNIT, trees_of_alphabet, trees_of_tables
from compressible.bitstream.tables import TOTAL, frequency_tables

sizes = st.lists(st.integers(1, 40), min_size=1, max_size=4).map(tuple)


@given(sizes, st.integers(0, 2**31))
def test_decisions_are_as_few_as_package_merge_finds(alphabet: tuple[int, ...], seed: int) -> None:
    tables = frequency_tables(
        np.random.default_rng(seed).gamma(0.3, size=(len(alphabet), max(alphabet))) + 1e-4, alphabet
    )
    trees = trees_of_tables(tables)
    for group, size in enumerate(alphabet):
        row = tables[group, :size]
        assert (row * trees.lengths[group, :size]).sum() == (row * huffman.code_lengths(row)).sum()


@given(sizes, st.integers(0, 2**31))
def test_walking_down_a_tree_reaches_each_symbol_with_its_probability(alphabet: tuple[int, ...], seed: int) -> None:
    tables = frequency_tables(
        np.random.default_rng(seed).gamma(1.0, size=(len(alphabet), max(alphabet))) + 1e-2, alphabet
    )
    trees = trees_of_tables(tables)
    for group, size in enumerate(alphabet):
        for symbol in range(size if size > 1 else 0):
            node, probability = 0, 1.0
            for depth in reversed(range(trees.lengths[group, symbol])):
                bit = (trees.codes[group, symbol] >> depth) & 1
                one = (trees.priors[group, node] >> 8) / UNIT
                probability *= one if bit else 1 - one
                assert trees.priors[group, node] & 255 == KNOWN
                node = trees.children[group, node, bit]
            assert ~node == symbol
            assert probability == pytest.approx(tables[group, symbol] / TOTAL, rel=1e-2, abs=1e-4)


def test_equal_alphabets_share_a_flat_tree() -> None:
    trees = trees_of_alphabet((16, 3, 16, 1))
    assert trees.of_group.tolist() == [2, 1, 2, 0]
    assert trees.lengths[2].tolist() == [4] * 16
    assert sorted(trees.codes[2].tolist()) == list(range(16))
    assert sorted(trees.lengths[1, :3].tolist()) == [1, 2, 2]
    assert not trees.lengths[0].any()
    assert not (trees.priors & 255).any()
