import numpy as np
import pytest

from compressible.bitstream import Container
from compressible.bitstream.codebooks import UniformGrid
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import AliasTensor, DType, PlainTensor, QuantizedTensor
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
