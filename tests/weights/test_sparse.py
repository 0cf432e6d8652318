import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from torch import nn

from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.tensors import AliasTensor, PlainTensor, SparseTensor, Tensor
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.bitstream.weights import WeightFile
from compressible.weights.sparse import sparse_tensor, sparse_weight_file
from compressible.weights.state import state_of, tensors_of


@st.composite
def holed_tensors(draw: st.DrawFn) -> PlainTensor:
    """Of any type and shape, with zeros, contiguous or turned."""
    dtype = draw(st.sampled_from(DType))
    values = draw(arrays(dtype.storage, array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)))
    holed = np.where(draw(arrays(bool, values.shape)), values, np.zeros((), dtype.storage))
    return PlainTensor("w", dtype, holed.T if draw(st.booleans()) else holed)


@given(holed_tensors())
def test_nothing_is_lost(plain: PlainTensor) -> None:
    """Symbols are 0 where all bytes of a value are, and only there."""
    found = sparse_tensor(plain, 3)
    data, size = plain.values.tobytes(), plain.dtype.storage.itemsize
    symbols = [int(any(data[start : start + size])) for start in range(0, len(data), size)]
    assert found.symbols.ravel().tolist() == symbols
    assert (found.name, found.dtype, found.stream, found.shape) == ("w", plain.dtype, 3, plain.shape)
    assert found.values().tobytes() == data


def plain(name: str, values: np.ndarray, dtype: DType = DType.FLOAT32) -> PlainTensor:
    return PlainTensor(name, dtype, dtype.cast(values.astype(np.float32)) if dtype.is_float else values)


def test_matrices_and_kernels_that_are_mostly_zeros_are_sparse_and_all_else_is_kept() -> None:
    few, half = np.zeros((10, 10)), np.zeros((10, 10))
    few.ravel()[:49] = 1.5
    half.ravel()[:50] = 1.5
    tensors: tuple[Tensor, ...] = (
        plain("matrix", few),
        plain("kernel", few.reshape(5, 2, 2, 5)),
        plain("brain", few, DType.BFLOAT16),
        plain("double", few, DType.FLOAT64),
        plain("zeros", np.zeros((3, 3))),
        AliasTensor("tied", "matrix"),
        plain("half", half),
        plain("minus", np.full((10, 10), -0.0)),
        plain("vector", few.ravel()),
        plain("integers", few.astype(np.int64), DType.INT64),
        plain("empty", np.zeros((0, 300))),
        plain("one", np.array(0.0)),
    )
    file = sparse_weight_file(tensors)
    sparse = {"matrix", "kernel", "brain", "double", "zeros"}
    assert {tensor.name for tensor in file.tensors if isinstance(tensor, SparseTensor)} == sparse
    for before, after in zip(tensors, file.tensors, strict=True):
        assert before.name == after.name
        assert (after is before) == (before.name not in sparse)
    assert [stream.coder for stream in file.streams] == [CoderKind.SPARSE]
    for name, values in WeightFile(tensors).arrays().items():
        assert file.arrays()[name].tobytes() == values.tobytes()


@pytest.mark.parametrize("tensors", [(), (plain("w", np.ones((3, 3))),)])
def test_without_zeros_there_is_no_stream(tensors: tuple[Tensor, ...]) -> None:
    file = sparse_weight_file(tensors)
    assert (file.tensors, file.streams) == (tensors, ())


def test_a_pruned_network_comes_back_to_the_bit_from_a_fraction_of_its_bytes() -> None:
    """Of 12,000 weights 600 are left, of 4 bytes each; the rest costs less than half a bit a weight."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(100, 80), nn.BatchNorm1d(80), nn.Linear(80, 50))
    with torch.no_grad():
        for layer in (network[0], network[2]):
            left = torch.randperm(layer.weight.numel())[: layer.weight.numel() // 20]
            layer.weight *= torch.zeros(layer.weight.numel()).index_fill(0, left, 1).view_as(layer.weight)
            # Products with zero are of either sign.
            layer.weight += 0.0
    before = network.state_dict()
    data = encode_weights(sparse_weight_file(tensors_of(before)))
    after = state_of(decode_weights(data))
    assert list(after) == list(before)
    for name, value in before.items():
        assert after[name].dtype == value.dtype
        assert after[name].numpy().tobytes() == value.numpy().tobytes()
    others = sum(value.nbytes for name, value in before.items() if value.ndim < 2)
    assert len(data) < 4 * 600 + 12_000 / 16 + others + 500
