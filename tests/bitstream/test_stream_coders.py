import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError
from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.stream_coder_base import StreamCoder
from compressible.bitstream.stream_coders import CODERS, CoderKind

from .reference import range_decode
from .sparse_reference import textbook_sparse_decode
from .test_huffman import textbook_decode


def through_a_file(coder: StreamCoder, size: int) -> tuple[StreamCoder, bytes]:
    bits = BitWriter()
    coder.write(bits)
    reader = BitReader(bits.to_bytes())
    found = type(coder).read(reader, size)
    reader.finish()
    return found, bits.to_bytes()


@given(st.sampled_from(CoderKind), st.integers(1, 30), st.integers(0, 200), st.integers(0, 2**31))
def test_round_trip_agrees_with_textbook_decoders(kind: CoderKind, size: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    symbols = rng.choice(size, n, p=rng.dirichlet(np.full(size, 0.3)))
    written = CODERS[kind].fit(symbols, size)
    coder, table = through_a_file(written, size)
    shapes = [(n // 12, 3, 4), (n % 12,)]
    data = written.encode(symbols, shapes)
    assert coder.decode(data, shapes).tolist() == symbols.tolist()
    if kind is CoderKind.CONTEXT:
        assert table == through_a_file(CODERS[CoderKind.RANGE].fit(symbols, size), size)[1]
    elif kind is CoderKind.SPARSE:
        assert textbook_sparse_decode(table, data, size, n) == symbols.tolist()
    elif size == 1:
        assert (data, table) == (b"", b"")
    elif kind is CoderKind.HUFFMAN:
        assert textbook_decode(data, coder.prices.astype(int).tolist(), n) == symbols.tolist()
    else:
        frequencies = np.rint(2 ** (20 - coder.prices)).astype(int)
        assert range_decode(data, [frequencies.tolist()], n) == [symbols.tolist()]


@pytest.mark.parametrize("kind", [CoderKind.RANGE, CoderKind.HUFFMAN, CoderKind.SPARSE])
def test_prices_are_what_is_paid(kind: CoderKind) -> None:
    rng = np.random.default_rng(0)
    symbols = np.minimum(rng.geometric(0.3, 20_000) - 1, 19)
    counts = np.bincount(symbols, minlength=20)
    coder = CODERS[kind].fit(symbols, 20)
    assert -1 <= 8 * len(coder.encode(symbols, [(20_000,)])) - counts @ coder.prices <= 64


def test_contexts_cost_little_where_there_is_nothing_to_learn() -> None:
    rng = np.random.default_rng(0)
    symbols = np.minimum(rng.geometric(0.3, 40_000) - 1, 19)
    coder = CODERS[CoderKind.CONTEXT].fit(symbols, 20)
    table_alone = np.bincount(symbols, minlength=20) @ coder.prices
    assert 0.995 < 8 * len(coder.encode(symbols, [(50, 80, 10)])) / table_alone < 1.01


def test_kernels_that_are_zero_throughout_cost_next_to_nothing() -> None:
    """Half of the kernels 3 x 3 are; the others have 9 flat symbols. By hand: 1 bit a kernel, and 9 log2 6 of half."""
    rng = np.random.default_rng(0)
    kernels = rng.integers(1, 7, (64, 100, 3, 3)) * (rng.random((64, 100, 1, 1)) < 0.5)
    dead = int((kernels[:, :, 0, 0] == 0).sum())
    bits = 6400 + (6400 - dead) * 9 * np.log2(6)
    coder = CODERS[CoderKind.CONTEXT].fit(kernels.ravel(), 7)
    shapes = [(64, 50, 3, 3), (64, 50, 3, 3)]
    data = coder.encode(kernels.ravel(), shapes)
    assert 0.99 < 8 * len(data) / bits < 1.03
    assert 8 * len(data) < 0.75 * np.bincount(kernels.ravel(), minlength=7) @ coder.prices
    with pytest.raises(BitstreamError):
        coder.decode(data, [(64, 50, 9), (64, 50, 9)])


def test_numbers_in_files_keep_their_meaning() -> None:
    assert {kind.name: int(kind) for kind in CoderKind} == {"RANGE": 0, "HUFFMAN": 1, "SPARSE": 2, "CONTEXT": 3}


def test_lengths_of_no_code_are_refused() -> None:
    bits = BitWriter()
    for step in (1, 0, 0):
        bits.write_signed(step)
    with pytest.raises(BitstreamError, match="complete code"):
        CODERS[CoderKind.HUFFMAN].read(BitReader(bits.to_bytes()), 3)


@pytest.mark.parametrize("kind", CoderKind)
def test_a_truncated_table_is_refused(kind: CoderKind) -> None:
    with pytest.raises(BitstreamError, match="table"):
        CODERS[kind].read(BitReader(b""), 2)
