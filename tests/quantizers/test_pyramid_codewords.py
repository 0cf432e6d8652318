import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyramid_reference import all_codewords, count, decode

from compressible.quantizers.pyramid_codewords import MAX_PULSES, PyramidCodewords

SMALL = [(n, k) for n in range(1, 7) for k in range(1, 7)]
INT64 = 2**63


@pytest.mark.parametrize(("dimension", "pulses"), SMALL)
def test_indices_name_every_codeword_once(dimension: int, pulses: int) -> None:
    expected = all_codewords(dimension, pulses)
    codewords = PyramidCodewords(dimension, pulses)
    assert codewords.count == len(expected)
    indices = torch.arange(codewords.count)
    vectors = codewords.vectors(indices)
    assert vectors.dtype == torch.int64
    assert np.array_equal(np.unique(vectors.numpy(), axis=0), expected)
    assert torch.equal(codewords.index(vectors), indices)


def test_counts_of_the_table_in_the_reference_code_of_opus() -> None:
    table = {
        (2, 1): 4,
        (3, 2): 18,
        (4, 2): 32,
        (4, 8): 1408,
        (6, 6): 5336,
        (7, 5): 4942,
        (8, 8): 157184,
        (9, 9): 864146,
    }
    assert {size: PyramidCodewords(*size).count for size in table} == table
    for k in (1, 2, 3, 50, 1000):
        polynomials = [2, 4 * k, 4 * k * k + 2, 8 * (k * k + 2) * k // 3, ((4 * k * k + 20) * k * k + 6) // 3]
        assert [PyramidCodewords(n, k).count for n in range(1, 6)] == polynomials


@given(st.integers(1, 60), st.integers(1, 90))
def test_as_many_as_combinatorics_says_or_refused(dimension: int, pulses: int) -> None:
    expected = count(dimension, pulses)
    if expected < INT64:
        assert PyramidCodewords(dimension, pulses).count == expected
        return
    with pytest.raises(ValueError, match=f"{pulses} pulses in {dimension} dimensions make 2\\^63 codewords or more"):
        PyramidCodewords(dimension, pulses)


@pytest.mark.parametrize("dimension", [4, 16, 200])
def test_all_that_fit_an_index_are_there_and_no_more(dimension: int) -> None:
    most = next(k for k in range(1, MAX_PULSES + 1) if k == MAX_PULSES or count(dimension, k + 1) >= INT64)
    codewords = PyramidCodewords(dimension, most)
    ends = torch.tensor([0, codewords.count - 1])
    assert torch.equal(codewords.index(codewords.vectors(ends)), ends)
    first, last = codewords.vectors(ends).tolist()
    assert first == [most] + [0] * (dimension - 1)
    ones = min(most, dimension) - 1
    assert last == [-1] * ones + [ones - most] + [0] * (dimension - ones - 1), "as late as the order allows"
    with pytest.raises(ValueError, match=r"codewords or more|pulses must"):
        PyramidCodewords(dimension, most + 1)


@settings(max_examples=60)
@given(st.integers(1, 24), st.integers(1, 80), st.lists(st.integers(0, INT64 - 1), min_size=1, max_size=8))
def test_large_indices_are_those_of_the_rfc(dimension: int, pulses: int, numbers: list[int]) -> None:
    total = count(dimension, pulses)
    assume(total < INT64)
    indices = [number % total for number in numbers]
    codewords = PyramidCodewords(dimension, pulses)
    vectors = codewords.vectors(torch.tensor(indices))
    assert vectors.tolist() == [decode(index, dimension, pulses) for index in indices]
    assert vectors.abs().sum(-1).tolist() == [pulses] * len(indices)
    assert codewords.index(vectors).tolist() == indices


def test_any_shape_of_indices() -> None:
    codewords = PyramidCodewords(3, 2)
    indices = torch.arange(18).view(3, 6)
    assert torch.equal(
        codewords.vectors(indices.mT), codewords.vectors(indices.flatten()).view(3, 6, 3).transpose(0, 1)
    )
    assert torch.equal(codewords.index(codewords.vectors(indices)), indices)


@pytest.mark.parametrize("pulses", [-1, 0, MAX_PULSES + 1])
def test_impossible_pulses_are_refused(pulses: int) -> None:
    with pytest.raises(ValueError, match="pulses must"):
        PyramidCodewords(2, pulses)
