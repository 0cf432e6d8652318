import struct
from collections.abc import Callable
from math import log2
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from compressible.bitstream import BitstreamError, Container, PayloadKind
from compressible.bitstream.codebooks import Codebook, ListedCenters, UniformGrid
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import AliasTensor, PlainTensor, QuantizedTensor, SparseTensor, Tensor
from compressible.bitstream.weight_file import decode_weights, encode_weights, read_weights
from compressible.bitstream.weights import WeightFile

from .reference import file_bytes
from .weight_examples import assert_same, every_form

GOLDEN = Path(__file__).parents[1] / "golden"
PRUNED = Stream(ListedCenters(np.array([0, 1], np.float16)), CoderKind.SPARSE)
SHAPES = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)


@st.composite
def codebooks(draw: st.DrawFn) -> Codebook:
    if draw(st.booleans()):
        return UniformGrid(
            draw(st.floats(0.0078125, 64, width=16)), draw(st.integers(-99, 99)), draw(st.integers(1, 300))
        )
    dtype = draw(st.sampled_from([np.float16, np.float32]))
    return ListedCenters(draw(arrays(dtype, st.integers(1, 9), elements=st.floats(-9, 9, width=16))))


@st.composite
def tensors(draw: st.DrawFn, name: str, streams: list[Stream], before: list[Tensor]) -> Tensor:
    form = draw(st.integers(0, 3))
    own = [tensor.name for tensor in before if not isinstance(tensor, AliasTensor)]
    if form == 0 and own:
        return AliasTensor(name, draw(st.sampled_from(own)))
    if form == 1 and streams:
        stream = draw(st.integers(0, len(streams) - 1))
        size = streams[stream].codebook.size
        symbols = draw(arrays(draw(st.sampled_from([np.int64, np.uint16])), SHAPES, elements=st.integers(0, size - 1)))
        shape = draw(st.sampled_from([None, (), symbols.shape[:1]]))
        kind = draw(st.sampled_from([np.float16, np.float32]))
        scales = None if shape is None else draw(arrays(kind, shape, elements=st.floats(-2, 2, width=16)))
        dtype = draw(st.sampled_from([dtype for dtype in DType if dtype.is_float]))
        return QuantizedTensor(name, dtype, stream, symbols, scales)
    dtype = draw(st.sampled_from(DType))
    if form == 2 and streams[-1:] == [PRUNED]:
        symbols = draw(arrays(np.uint8, SHAPES, elements=st.integers(0, 1)))
        kept = draw(arrays(dtype.storage, int(symbols.sum())))
        return SparseTensor(name, dtype, len(streams) - 1, symbols, kept)
    values = draw(arrays(dtype.storage, SHAPES))
    return PlainTensor(name, dtype, values.T if draw(st.booleans()) else values)


@st.composite
def weight_files(draw: st.DrawFn) -> WeightFile:
    streams = draw(st.lists(st.builds(Stream, codebooks(), st.sampled_from(CoderKind)), max_size=3))
    streams += draw(st.sampled_from([[], [PRUNED]]))
    made: list[Tensor] = []
    for name in draw(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), unique=True, max_size=6)):
        made.append(draw(tensors(name, streams, made)))
    return WeightFile(tuple(made), tuple(streams))


@given(weight_files())
def test_what_is_written_is_read(file: WeightFile) -> None:
    data = encode_weights(file)
    found = decode_weights(data)
    assert_same(file, found)
    for name, values in file.arrays().items():
        assert found.arrays()[name].tobytes() == values.tobytes()
    assert encode_weights(found) == data


def test_a_file_laid_out_by_hand() -> None:
    """Stored sections and Huffman codes, so that every byte can be written down from the documentation."""
    directory = b"\3" + b"\0\1w" + b"\x1c" + b"\2\2\3" + b"\0" + b"\0\1b" + b"\x0c" + b"\1\1" + b"\0\1v" + b"\0\2"
    grid = b"\1" + b"\2\3\1" + struct.pack("<f", 0.5)
    # Huffman; 2 bytes (10 in two bits); lengths 1, 2, 2.
    tables = int("001" + "000010" + "10" + "100" + "100" + "0" + "0" * 6, 2).to_bytes(3, "big")
    # Symbols 0, 1, 2, 2, 0, 0.
    symbols = int("0" + "10" + "11" + "11" + "0" + "0" + "0" * 7, 2).to_bytes(2, "big")
    plain = b"\0" + b"\0\4" + struct.pack("<f", -1.5)
    digest = crc32(struct.pack("<6q", 0, 1, 2, 2, 0, 0), crc32(struct.pack("<2q", 1, 6)))
    data = file_bytes(
        kind=2,
        symbol_model=2,
        model=bytes(8),
        header=b"\2",
        chunks=(b"\0" + bytes([len(directory)]) + directory, b"\0\x08" + grid, tables, b"", plain, symbols),
        digest=digest,
    )
    found = decode_weights(data).arrays()
    assert {name: values.tolist() for name, values in found.items()} == {
        "w": [[-0.5, 0.0, 0.5], [0.5, -0.5, -0.5]],
        "b": [-1.5],
        "v": [[-0.5, 0.0, 0.5], [0.5, -0.5, -0.5]],
    }
    assert all(values.dtype == np.float32 for values in found.values())
    assert encode_weights(decode_weights(data)) == data


def test_an_alias_is_the_same_array() -> None:
    found = decode_weights(encode_weights(every_form())).arrays()
    assert found["head.weight"] is found["net.0.weight"]


def test_fixed_costs() -> None:
    """Container 35 bytes, layout 1, six chunks at 8; then a number of tensors and of streams, each packed at 2 more."""
    assert len(encode_weights(WeightFile(()))) == 35 + 1 + 6 * 8 + 2 * 3
    noise = np.random.default_rng(0).integers(0, 256, 1000, dtype=np.uint8)
    file = WeightFile((PlainTensor("w", DType.UINT8, noise),))
    # Name 3, form 1, rank 1, side 2; order 1, method 1, length 2.
    assert len(encode_weights(file)) == 90 + 7 + 1000 + 4


def sample(entropy: float, size: int, n: int) -> np.ndarray:
    """Symbols of a two-sided geometric source of about this entropy."""
    rng = np.random.default_rng(0)
    ratios = np.linspace(0.01, 0.99, 990)
    shapes = [ratio ** np.abs(np.arange(size) - size // 2) for ratio in ratios]
    found = [-(p / p.sum() * np.log2(p / p.sum())).sum() for p in shapes]
    p = shapes[int(np.abs(np.array(found) - entropy).argmin())]
    return rng.choice(size, n, p=p / p.sum())


def test_a_network_takes_its_entropy() -> None:
    """464,154 weights, 75 centers, 1.6 bits: the file is within 0.2 % and 400 bytes of the empirical entropy."""
    symbols = sample(1.6, 75, 464_154)
    counts = np.bincount(symbols, minlength=75)
    entropy = sum(count * log2(len(symbols) / count) for count in counts.tolist() if count) / 8
    assert 1.55 < 8 * entropy / len(symbols) < 1.65
    centers = ListedCenters(np.random.default_rng(1).normal(size=75).astype(np.float16))
    sizes = {}
    for kind in CoderKind:
        file = WeightFile((QuantizedTensor("w", DType.FLOAT32, 0, symbols),), (Stream(centers, kind),))
        data = encode_weights(file)
        sizes[kind] = len(data)
        assert_same(decode_weights(data), file)
    assert entropy < sizes[CoderKind.RANGE] < 1.002 * entropy + 400
    assert sizes[CoderKind.RANGE] < sizes[CoderKind.HUFFMAN] < entropy + len(symbols) / 8 + 400


def test_payloads_are_the_bytes_of_the_symbols_alone() -> None:
    """Of two Huffman streams of four symbols, 2 bits each."""
    streams = (Stream(UniformGrid(1.0, 0, 4), CoderKind.HUFFMAN),) * 2
    symbols = np.arange(100) % 4
    named = [QuantizedTensor(str(stream), DType.FLOAT32, stream, symbols[: 100 - 40 * stream]) for stream in (0, 1)]
    read = read_weights(encode_weights(WeightFile(tuple(named), streams)))
    assert [stream.payload_bytes for stream in read.streams] == [25, 15]
    assert len(read.sections.symbols) == 40


def test_thirty_streams_of_thirty_symbols_take_little() -> None:
    """Table, codebook, length and rounding together: at most 40 bytes a stream over the entropy."""
    rng = np.random.default_rng(0)
    named, entropy = [], 0.0
    for index in range(30):
        symbols = np.clip(np.rint(rng.normal(size=9216) * 3 + 15), 0, 29).astype(int)
        counts = np.bincount(symbols)
        entropy += sum(count * log2(9216 / count) for count in counts.tolist() if count) / 8
        named.append(QuantizedTensor(f"layer.{index}.weight", DType.FLOAT32, index, symbols))
    streams = tuple(Stream(UniformGrid(float(np.float32(0.01 * (i + 1))), -15, 30)) for i in range(30))
    assert len(encode_weights(WeightFile(tuple(named), streams))) < entropy + 30 * 40 + 200


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda w: (w, w), "two tensors are named 'w'"),
        (lambda w: (AliasTensor("v", "w"), w), "does not come before"),
        (lambda w: (w, AliasTensor("v", "v")), "does not come before"),
        (lambda w: (w, AliasTensor("v", "w"), AliasTensor("u", "v")), "does not come before"),
        (lambda w: (QuantizedTensor("q", DType.FLOAT32, 1, np.zeros(1, int)),), "stream 1"),
        (lambda w: (QuantizedTensor("q", DType.FLOAT32, -1, np.zeros(1, int)),), "stream -1"),
        (lambda w: (QuantizedTensor("q", DType.FLOAT32, 0, np.array([2])),), r"0\.\.1"),
        (lambda w: (QuantizedTensor("q", DType.FLOAT32, 0, np.array([-1])),), r"0\.\.1"),
        (lambda w: (QuantizedTensor("q", DType.FLOAT16, 0, np.zeros(1, int)),), "float16 holds"),
        (lambda w: (QuantizedTensor("q", DType.FLOAT64, 0, np.zeros(1, int), np.array(3e38, np.float32)),), "holds"),
        (lambda w: (SparseTensor("s", w.dtype, 1, np.zeros(1, int), w.values[:0]),), "stream 1"),
        (lambda w: (SparseTensor("s", w.dtype, 0, np.zeros(1, int), w.values[:0]),), "not 0 and 1"),
        (lambda w: tuple(PlainTensor(str(i), w.dtype, w.values) for i in range(2**16 + 1)), "at most 65536"),
    ],
)
def test_what_makes_no_file_is_refused(make: Callable[[PlainTensor], tuple[Tensor, ...]], message: str) -> None:
    streams = (Stream(ListedCenters(np.array([0, 7e4], np.float32))),)
    with pytest.raises(BitstreamError, match=message):
        WeightFile(make(PlainTensor("w", DType.FLOAT32, np.zeros(1, np.float32))), streams)


def test_the_limit_holds_on_both_sides() -> None:
    file = WeightFile((PlainTensor("w", DType.FLOAT32, np.zeros((10, 10), np.float32)), AliasTensor("v", "w")))
    assert file.decoded_bytes == 400
    data = encode_weights(file, limit=400)
    assert_same(decode_weights(data, limit=400), file)
    with pytest.raises(BitstreamError, match="more than the 399"):
        encode_weights(file, limit=399)
    with pytest.raises(BitstreamError, match="more than 399 bytes"):
        decode_weights(data, limit=399)


def test_other_files_are_told_apart() -> None:
    for name, message in (
        ("image_static_v1.cmpr", "holds an image, not weights"),
        ("codes_context_v1.cmpr", "holds codes, not weights"),
        ("weights_uniform_v1.cmpr", "need a model"),
    ):
        with pytest.raises(BitstreamError, match=message):
            decode_weights((GOLDEN / name).read_bytes())


def test_a_pinned_file_is_read_as_before() -> None:
    """Packed bytes depend on the version of zlib and LZMA that writes them, what is read from them does not.

    It was made once by ``encode_weights(every_form())``.
    """
    data = (GOLDEN / "weight_file_v2.cmpw").read_bytes()
    assert_same(decode_weights(data), every_form())
    container = Container.from_bytes(data)
    assert (container.kind, container.header, len(container.chunks)) == (PayloadKind.WEIGHTS, b"\2", 6)
