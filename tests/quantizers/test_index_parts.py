from math import ceil, log, log2, prod

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.quantizers.index_parts import MAX_PART, IndexParts

COUNTS = st.one_of(st.integers(1, 2**26), st.integers(1, 2**62))


def test_by_hand() -> None:
    parts = IndexParts.of(30_316_544)
    # 311^3 < 30,316,544 <= 312^3, and 311 * 312^2 < 30,316,544.
    assert parts == IndexParts(base=312, sizes=(312, 312, 312))
    index = torch.tensor([[0, 311, 312, 30_316_543]])
    split = torch.tensor([[[0, 0, 0, 311], [0, 0, 1, 136], [0, 311, 0, 127]]])
    assert 311 * 312**2 + 136 * 312 + 127 == 30_316_543
    assert torch.equal(parts.split(index), split)
    assert torch.equal(parts.join(split), index)
    assert IndexParts.of(18).sizes == (18,)


@given(COUNTS)
def test_parts_are_small_few_and_hardly_dearer_than_the_index(count: int) -> None:
    sizes = IndexParts.of(count).sizes
    assert prod(sizes) >= count
    assert (sizes[0] - 1) * prod(sizes[1:]) < count, "the first says no more than it must"
    assert max(sizes) <= MAX_PART
    assert len(sizes) <= max(1, ceil(log(count, MAX_PART) + 1e-9))
    assert log2(prod(sizes)) - log2(count) < 0.03


@given(COUNTS, st.lists(st.integers(0, 2**62), min_size=1, max_size=10))
def test_split_and_joined_again(count: int, numbers: list[int]) -> None:
    parts = IndexParts.of(count)
    index = torch.tensor([number % count for number in numbers] + [count - 1])
    split = parts.split(index)
    assert split.shape == (len(parts.sizes), len(index))
    assert (split >= 0).all()
    assert (split < torch.tensor(parts.sizes)[:, None]).all()
    assert torch.equal(parts.join(split), index)


@pytest.mark.parametrize("count", [4097, 5000, 2**62, 2**63 - 2**53])
def test_other_parts_join_to_what_is_no_index(count: int) -> None:
    parts = IndexParts.of(count)
    largest = parts.join(torch.tensor([[size - 1] for size in parts.sizes]))
    assert int(largest) == prod(parts.sizes) - 1 >= count - 1


def test_more_than_int64_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="2\\^63"):
        IndexParts.of(2**63 - 1)
