"""Weight files of pruned networks."""

import struct
from math import log2
from zlib import crc32

import numpy as np

from compressible.bitstream.codebooks import ListedCenters
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import QuantizedTensor, SparseTensor
from compressible.bitstream.weight_file import decode_weights, encode_weights, read_weights
from compressible.bitstream.weights import WeightFile

from .memory import at_most
from .reference import file_bytes
from .weight_examples import assert_same

PRUNED = Stream(ListedCenters(np.array([0, 1], np.float16)), CoderKind.SPARSE)


def test_a_sparse_tensor_laid_out_by_hand() -> None:
    directory = b"\1" + b"\0\1w" + bytes([12 + 16 * 6]) + b"\2\2\3" + b"\0"
    centers = b"\1" + b"\0\2" + struct.pack("<2e", 0, 1)
    # Sparse; no bytes; zero is 0; 2 bits; 2 entries, no fillers, no bytes of differences; which are 2; symbols are 1.
    tables = "010" + "000000" + "0" + "0010" + "000010" + "10" + "000000" + "000000" + "010" + "01"
    kept = b"\0" + b"\0\x08" + struct.pack("<2f", -1.7, -0.0)
    data = file_bytes(
        kind=2,
        symbol_model=2,
        model=bytes(8),
        header=b"\2",
        chunks=(
            b"\0" + bytes([len(directory)]) + directory,
            b"\0\x07" + centers,
            int(tables.ljust(40, "0"), 2).to_bytes(5, "big"),
            b"",
            kept,
            b"",
        ),
        digest=crc32(struct.pack("<6q", 0, 1, 0, 1, 0, 0), crc32(struct.pack("<2q", 1, 6))),
    )
    file = decode_weights(data)
    assert file.arrays()["w"].tobytes() == struct.pack("<6f", 0, -1.7, 0, -0.0, 0, 0)
    assert encode_weights(file) == data


def test_a_pruned_network_takes_what_its_zeros_are_worth() -> None:
    """A twentieth of 464,154 weights is left: 0.29 bits each say which, where no Huffman code takes less than one."""
    rng = np.random.default_rng(0)
    symbols = (rng.random(464_154) < 0.05).astype(np.uint8)
    kept = rng.integers(0, 2**32, int(symbols.sum()), dtype=np.uint32).view(np.float32)
    entropy = -len(symbols) * (0.05 * log2(0.05) + 0.95 * log2(0.95)) / 8
    sizes = {}
    for kind in CoderKind:
        file = WeightFile((SparseTensor("w", DType.FLOAT32, 0, symbols, kept),), (Stream(PRUNED.codebook, kind),))
        data = encode_weights(file)
        (sizes[kind],) = (stream.payload_bytes for stream in read_weights(data).streams)
        assert kept.nbytes + sizes[kind] < len(data) < kept.nbytes + sizes[kind] + 400
        assert_same(decode_weights(data), file)
    assert 0.98 * entropy < sizes[CoderKind.RANGE] < sizes[CoderKind.SPARSE] < 1.03 * entropy
    assert sizes[CoderKind.HUFFMAN] == -(-464_154 // 8)


def test_many_equal_symbols_take_no_more_memory_than_their_values() -> None:
    """From no bytes come 2**23 symbols of a byte each; as 64-bit integers they alone would take more than the limit."""
    tensor = QuantizedTensor("w", DType.BFLOAT16, 0, np.ones(2**23, np.uint8))
    data = encode_weights(WeightFile((tensor,), (PRUNED,)))
    assert len(data) < 200
    with at_most(2**25 + 2**24):
        (found,) = decode_weights(data).tensors
    assert isinstance(found, QuantizedTensor)
    assert np.array_equal(found.symbols, tensor.symbols)
