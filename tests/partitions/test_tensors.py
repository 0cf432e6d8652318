from math import prod

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.partitions.tensors import Codebooks, Tensors

shapes = st.dictionaries(
    st.text("abc.", min_size=1, max_size=4), st.lists(st.integers(0, 4), max_size=4).map(tuple), min_size=1, max_size=6
)
codebooks = st.sampled_from(["network", "tensor"])


@given(shapes, codebooks)
def test_restoring_undoes_cutting(shapes: dict[str, tuple[int, ...]], codebooks: Codebooks) -> None:
    tensors = {name: torch.randn(shape) for name, shape in shapes.items()}
    partition = Tensors(shapes, codebooks)
    restored = partition.restore(partition.cut(tensors))
    assert list(restored) == list(shapes)
    assert all(torch.equal(restored[name], tensors[name]) for name in shapes)


@given(shapes, codebooks)
def test_every_entry_is_in_one_vector(shapes: dict[str, tuple[int, ...]], codebooks: Codebooks) -> None:
    partition = Tensors(shapes, codebooks)
    vectors = partition.cut({name: torch.zeros(shape) for name, shape in shapes.items()})
    assert [tuple(vector.shape) for vector in vectors] == [(1, size, 1) for size in partition.sizes]
    assert sum(partition.sizes) == sum(prod(shape) for shape in shapes.values())


def test_who_shares_a_codebook() -> None:
    shapes = {"conv": (2, 1, 3, 3), "gain": (2,), "linear": (4, 2), "bias": (4,), "scale": ()}
    assert Tensors(shapes, "network").groups == (("conv", "gain", "linear", "bias", "scale"),)
    assert Tensors(shapes, "tensor").groups == (("conv",), ("linear",), ("gain", "bias", "scale"))


def test_entries_stand_in_order() -> None:
    tensors = {"a": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "b": torch.tensor([5.0])}
    (vector,) = Tensors({"a": (2, 2), "b": (1,)}).cut(tensors)
    assert vector.flatten().tolist() == [1, 2, 3, 4, 5]


def test_an_unknown_sharing_is_refused() -> None:
    with pytest.raises(ValueError, match="network, tensor"):
        Tensors({"a": (1,)}, "layer")  # pyright: ignore[reportArgumentType]
