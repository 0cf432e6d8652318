import numpy as np
import pytest

from compressible.bitstream.codebooks import UniformGrid
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.tensors import AliasTensor, PlainTensor, QuantizedTensor
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.weights.on_grid import quantize_tensors


def plain(name: str, values: np.ndarray, dtype: DType = DType.FLOAT32) -> PlainTensor:
    return PlainTensor(name, dtype, values.astype(dtype.storage))


def matrix(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(50, 60))


def test_each_tensor_gets_its_own_step_and_others_none() -> None:
    """Linear layers go to the nearest point but for the price of a bit, so that errors stay near half a step."""
    tensors = (
        *(plain("a", matrix(0)), plain("b", matrix(1), DType.FLOAT16), plain("c", matrix(2)), plain("d", matrix(3))),
        AliasTensor("e", "a"),
    )
    steps = {"a": 0.5, "b": 0.125, "d": 0.5, "not there": 1.0}
    file = quantize_tensors(tensors, steps, CoderKind.HUFFMAN)
    assert [t.name for t in file.tensors] == ["a", "b", "c", "d", "e"]
    assert file.tensors[2] is tensors[2]
    assert file.tensors[4] is tensors[4]
    assert {stream.coder for stream in file.streams} == {CoderKind.HUFFMAN}
    found = decode_weights(encode_weights(file)).arrays()
    for tensor in (tensors[0], tensors[1], tensors[3]):
        quantized = next(t for t in file.tensors if t.name == tensor.name)
        assert isinstance(quantized, QuantizedTensor)
        assert quantized.dtype is tensor.dtype
        codebook = file.streams[quantized.stream].codebook
        assert isinstance(codebook, UniformGrid)
        assert codebook.step == steps[tensor.name]
        points = found[tensor.name] / codebook.step
        np.testing.assert_array_equal(points, points.round())
        error = np.abs(found[tensor.name].astype(np.float64) - tensor.values)
        assert 0.4 < error.max() / codebook.step < 0.8


def test_tensors_of_one_step_share_a_stream() -> None:
    tensors = tuple(plain(name, matrix(seed)) for seed, name in enumerate("abc"))
    assert len(quantize_tensors(tensors, {"a": 0.5, "b": 0.5, "c": 0.5}).streams) == 1
    assert len(quantize_tensors(tensors, {"a": 0.5, "b": 0.25, "c": 0.5}).streams) == 2


@pytest.mark.parametrize("step", [1e-9, 1e-60])
def test_a_grid_with_too_many_points_is_not_taken(step: float) -> None:
    tensor = plain("a", matrix(0))
    assert quantize_tensors((tensor,), {"a": step}).tensors == (tensor,)


def test_no_steps_change_nothing() -> None:
    tensor = plain("a", matrix(0))
    file = quantize_tensors((tensor,), {})
    assert (file.tensors, file.streams) == ((tensor,), ())
