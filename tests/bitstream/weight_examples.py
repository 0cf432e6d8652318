"""Weight files that several tests share."""

from dataclasses import replace

import numpy as np

from compressible.bitstream.codebooks import ListedCenters, UniformGrid
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import AliasTensor, PlainTensor, QuantizedTensor, SparseTensor
from compressible.bitstream.weights import WeightFile


def every_form() -> WeightFile:
    """A small file that has everything there is; arithmetic, so that it depends on no random generator."""
    numbers = np.arange(60)
    return WeightFile(
        (
            QuantizedTensor("net.0.weight", DType.FLOAT32, 0, (numbers * numbers % 5).reshape(3, 20)),
            PlainTensor("net.0.bias", DType.FLOAT32, np.array([0.5, -1, np.inf], np.float32)),
            PlainTensor("net.0.steps", DType.INT64, np.array(-7)),
            QuantizedTensor(
                "net.1.weight", DType.BFLOAT16, 1, (numbers % 3).reshape(4, 5, 3), np.float16([1, 2, 3, 4])
            ),
            AliasTensor("head.weight", "net.0.weight"),
            QuantizedTensor("net.2.weight", DType.FLOAT64, 0, numbers[:4] % 2, np.array(0.125, np.float32)),
            PlainTensor("mask", DType.BOOL, np.array([[True, False]])),
            PlainTensor("half", DType.BFLOAT16, np.array([0x3F80], np.uint16)),
            PlainTensor("empty", DType.FLOAT16, np.zeros((0, 3), np.float16)),
            QuantizedTensor("one", DType.FLOAT16, 2, np.zeros((2, 2), np.uint8)),
            SparseTensor(
                "pruned.weight",
                DType.FLOAT32,
                3,
                (numbers % 7 == 3).astype(np.uint8).reshape(6, 10),
                np.array([0.1, -2, -0.0, np.nan, np.inf, 0, 7, 1e-40, 9], np.float32),
            ),
            SparseTensor("pruned.steps", DType.INT16, 3, (numbers == 59).astype(int), np.array([-5], np.int16)),
            QuantizedTensor(
                "pruned.centers", DType.FLOAT32, 4, np.where(numbers % 19 == 18, numbers // 19, 3).reshape(60, 1)
            ),
        ),
        (
            Stream(UniformGrid(0.25, -2, 5), CoderKind.RANGE),
            Stream(ListedCenters(np.array([-1.5, 0, 2], np.float32)), CoderKind.HUFFMAN),
            Stream(ListedCenters(np.array([3], np.float16)), CoderKind.RANGE),
            Stream(ListedCenters(np.array([0, 1], np.float16)), CoderKind.SPARSE),
            Stream(UniformGrid(0.5, -3, 4), CoderKind.SPARSE),
        ),
    )


def in_contexts(file: WeightFile) -> WeightFile:
    """The same, all streams coded with contexts."""
    return replace(file, streams=tuple(replace(stream, coder=CoderKind.CONTEXT) for stream in file.streams))


def assert_same(one: WeightFile, other: WeightFile) -> None:
    """Both hold the same, bit for bit."""
    assert len(one.tensors) == len(other.tensors)
    assert len(one.streams) == len(other.streams)
    for a, b in zip(one.tensors, other.tensors, strict=True):
        assert type(a) is type(b)
        assert a.name == b.name
        if isinstance(a, AliasTensor):
            assert a == b
        elif isinstance(a, PlainTensor) and isinstance(b, PlainTensor):
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            assert a.values.astype(a.dtype.storage).tobytes() == b.values.tobytes()
        elif isinstance(a, SparseTensor) and isinstance(b, SparseTensor):
            assert (a.dtype, a.stream) == (b.dtype, b.stream)
            np.testing.assert_array_equal(a.symbols, b.symbols, strict=False)
            assert a.shape == b.shape
            assert a.kept.astype(a.dtype.storage).tobytes() == b.kept.tobytes()
        elif isinstance(a, QuantizedTensor) and isinstance(b, QuantizedTensor):
            assert (a.dtype, a.stream) == (b.dtype, b.stream)
            np.testing.assert_array_equal(a.symbols, b.symbols, strict=False)
            assert a.shape == b.shape
            assert (a.scales is None) == (b.scales is None)
            if a.scales is not None and b.scales is not None:
                assert (a.scales.dtype, a.scales.shape) == (b.scales.dtype, b.scales.shape)
                assert a.scales.tobytes() == b.scales.tobytes()
    for a, b in zip(one.streams, other.streams, strict=True):
        assert a.coder == b.coder
        assert a.codebook.to_bytes() == b.codebook.to_bytes()
