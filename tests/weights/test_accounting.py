"""The paper's accounting, against files whose streams are counted by hand."""

import numpy as np
import pytest

from compressible.bitstream.codebooks import ListedCenters
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import AliasTensor, PlainTensor, QuantizedTensor, SparseTensor
from compressible.bitstream.weight_file import CodedWeights, encode_weights, read_weights
from compressible.bitstream.weights import WeightFile
from compressible.weights.accounting import paper_bits

FOUR = Stream(ListedCenters(np.array([-1, 0, 1, 2], np.float16)), CoderKind.HUFFMAN)
MASK = Stream(ListedCenters(np.array([0, 1], np.float16)), CoderKind.HUFFMAN)


def coded(
    *tensors: QuantizedTensor | SparseTensor | PlainTensor | AliasTensor, streams: tuple[Stream, ...]
) -> CodedWeights:
    return read_weights(encode_weights(WeightFile(tensors, streams)))


def test_centers_symbols_and_values_that_are_not_quantized() -> None:
    """Counts 8, 4, 2, 2 take 1, 2, 3 and 3 bits: 28 in all, which are 4 bytes; a mask of 16 takes 2 bytes."""
    symbols = np.repeat([1, 0, 2, 3], [8, 4, 2, 2]).reshape(4, 4)
    mask = np.zeros((2, 8), np.uint8)
    mask[0, :3] = 1
    file = coded(
        QuantizedTensor("quantized", DType.FLOAT32, 0, symbols, np.array(3, np.float16)),
        SparseTensor("sparse", DType.FLOAT32, 1, mask, np.ones(3, np.float32)),
        PlainTensor("plain", DType.FLOAT32, np.ones(5, np.float32)),
        PlainTensor("statistic", DType.FLOAT32, np.ones(7, np.float32)),
        AliasTensor("tied", "plain"),
        streams=(FOUR, MASK),
    )
    assert paper_bits(file, {"quantized"}) == 32 * (4 + 1) + 8 * 4
    assert paper_bits(file, {"sparse"}) == 32 * 3 + 8 * 2
    assert paper_bits(file, {"quantized", "sparse", "plain", "tied"}) == 32 * (4 + 1 + 3 + 5) + 8 * (4 + 2)


def test_a_scale_that_several_tensors_share_counts_once() -> None:
    """Four tensors of 28 bits each are one stream of 14 bytes; the scales are 2, 3, 4 and 5."""
    symbols = np.repeat([1, 0, 2, 3], [8, 4, 2, 2]).reshape(4, 4)
    own = np.array([2, 3, 4, 5], np.float16)
    file = coded(
        QuantizedTensor("one", DType.FLOAT32, 0, symbols, np.array(3, np.float16)),
        QuantizedTensor("other", DType.FLOAT32, 0, symbols, np.array(3, np.float16)),
        QuantizedTensor("by slice", DType.FLOAT32, 0, symbols, own),
        QuantizedTensor("unscaled", DType.FLOAT32, 0, symbols),
        streams=(FOUR,),
    )
    assert paper_bits(file, {"one", "other", "by slice", "unscaled"}) == 32 * (4 + 4) + 4 * 28


def test_symbols_that_cannot_be_told_apart_are_refused() -> None:
    symbols = np.zeros((2, 2), np.uint8)
    one, other = (QuantizedTensor(name, DType.FLOAT32, 0, symbols) for name in ("one", "other"))
    file = coded(one, other, streams=(FOUR,))
    with pytest.raises(ValueError, match="share a stream"):
        paper_bits(file, {"one"})
