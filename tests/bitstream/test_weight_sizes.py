import numpy as np
import pytest

from compressible.bitstream import Container
from compressible.bitstream.codebooks import ListedCenters, UniformGrid
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import AliasTensor, PlainTensor, QuantizedTensor, SparseTensor
from compressible.bitstream.weight_file import encode_weights
from compressible.bitstream.weight_sizes import measure_weights
from compressible.bitstream.weights import WeightFile

from .weight_examples import every_form


def test_kinds_are_the_chunks_and_sum_to_the_file() -> None:
    data = encode_weights(every_form())
    found = measure_weights(data).payload
    chunks = Container.from_bytes(data).chunks
    sizes = (found.directory, found.codebooks, found.tables, found.scales, found.plain, found.symbols)
    assert sizes == tuple(map(len, chunks))
    assert found.total == len(data)
    assert found.container == 35 + 1 + 6 * 8


def test_shares_of_tensors() -> None:
    """Two tensors share a flat stream of 4 symbols: 2 bits each, and a third its scales; two plain ones their bytes."""
    rng = np.random.default_rng(0)
    symbols = np.tile(np.arange(4), 300)
    noise = rng.integers(0, 2**64, 300, dtype=np.uint64)
    file = WeightFile(
        (
            QuantizedTensor("a", DType.FLOAT32, 0, symbols.reshape(2, 600)),
            QuantizedTensor("b", DType.FLOAT16, 0, symbols[:400], np.float16(rng.normal(size=400))),
            PlainTensor("c", DType.UINT64, noise[:100]),
            PlainTensor("d", DType.UINT64, noise[100:]),
            AliasTensor("e", "a"),
            PlainTensor("f", DType.FLOAT32, np.zeros((0, 2), np.float32)),
        ),
        (Stream(UniformGrid(1.0, 0, 4)),),
    )
    data = encode_weights(file)
    found = measure_weights(data)
    a, b, c, d, e, f = found.tensors
    assert [tensor.form for tensor in found.tensors] == ["quantized", "quantized", "plain", "plain", "alias", "plain"]
    assert [tensor.values for tensor in found.tensors] == [1200, 400, 100, 200, 0, 0]
    assert (e.dtype, e.shape, e.estimated_bits, f.estimated_bits) == ("float32", (2, 600), 0.0, 0.0)
    assert a.estimated_bits == pytest.approx(2400, abs=1)
    assert b.estimated_bits == pytest.approx(800 + 8 * found.payload.scales, abs=1)
    assert (c.estimated_bits, d.estimated_bits) == pytest.approx((6400, 12800), rel=0.01)
    exact = 8 * (found.payload.symbols + found.payload.scales + found.payload.plain)
    assert sum(tensor.estimated_bits for tensor in found.tensors) == pytest.approx(exact, abs=64)
    assert found.float_values == 1600
    assert found.factor == 4 * 1600 / len(data)


def test_shares_of_sparse_tensors() -> None:
    """Of 100 symbols that are not zero a tensor has 75, so three quarters of the index; what is kept is noise."""
    rng = np.random.default_rng(0)
    sparse, symbols = [], np.zeros((2, 10, 300), int)
    for name, own, ones in (("a", symbols[0], 75), ("b", symbols[1], 25)):
        own.ravel()[rng.choice(3000, ones, replace=False)] = 1
        kept = rng.integers(0, 2**64, ones, dtype=np.uint64)
        sparse.append(SparseTensor(name, DType.FLOAT64, 0, own, kept.view(np.float64)))
    plain = PlainTensor("c", DType.UINT64, rng.integers(0, 2**64, 50, dtype=np.uint64))
    stream = Stream(ListedCenters(np.array([0, 1], np.float16)), CoderKind.SPARSE)
    found = measure_weights(encode_weights(WeightFile((*sparse, plain), (stream,))))
    a, b, c = found.tensors
    assert [tensor.form for tensor in found.tensors] == ["sparse", "sparse", "plain"]
    assert (a.values, a.shape, a.dtype) == (3000, (10, 300), "float64")
    index = 8 * found.payload.symbols
    assert index > 400
    assert a.estimated_bits == pytest.approx(0.75 * index + 75 * 64, rel=0.01)
    assert b.estimated_bits == pytest.approx(0.25 * index + 25 * 64, rel=0.01)
    assert c.estimated_bits == pytest.approx(50 * 64, rel=0.01)
    exact = 8 * (found.payload.symbols + found.payload.plain)
    assert sum(tensor.estimated_bits for tensor in found.tensors) == pytest.approx(exact, abs=8)
    assert found.float_values == 6000


def test_shares_of_a_stream_with_contexts() -> None:
    """They sum to what it takes, half of it for each tensor, as both have the same counts of symbols."""
    rng = np.random.default_rng(0)
    kernels = rng.integers(1, 7, (40, 40, 3, 3)) * (rng.random((40, 40, 1, 1)) < 0.5)
    shuffled = rng.permutation(kernels.ravel()).reshape(kernels.shape)
    tensors = tuple(QuantizedTensor(n, DType.FLOAT32, 0, s) for n, s in (("a", kernels), ("b", shuffled)))
    range_coded, context = (
        measure_weights(encode_weights(WeightFile(tensors, (Stream(UniformGrid(1.0, 0, 7), coder),))))
        for coder in (CoderKind.RANGE, CoderKind.CONTEXT)
    )
    assert (range_coded.coders, context.coders) == (("range",), ("context",))
    assert context.payload.symbols < 0.9 * range_coded.payload.symbols
    for tensor in context.tensors:
        assert tensor.estimated_bits == pytest.approx(4 * context.payload.symbols, rel=1e-9)
