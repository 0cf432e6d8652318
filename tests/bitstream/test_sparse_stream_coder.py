from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError
from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.code_tables import PartialCode
from compressible.bitstream.huffman import code_lengths
from compressible.bitstream.sparse_stream_coder import SparseStreamCoder

from .sparse_reference import textbook_sparse_decode
from .test_huffman import huffman_cost
from .test_sparse_index import textbook


def table_of(coder: SparseStreamCoder) -> BitWriter:
    writer = BitWriter()
    coder.write(writer)
    return writer


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[int], int]:
    """Symbols, most of them equal or all, and the size of the alphabet."""
    size = draw(st.integers(1, 20))
    zero = draw(st.integers(0, size - 1))
    runs = draw(st.lists(st.tuples(st.integers(0, 60), st.integers(0, size - 1)), max_size=30))
    return [s for zeros, symbol in runs for s in [*[zero] * zeros, symbol]], size


@given(streams())
@example(([], 1))
@example(([], 9))
@example(([0] * 50, 1))
@example(([7] * 50, 9))
@example(([3], 4))
@example(([0] * 5000 + [1], 2))
@example(([1, 0] * 40, 2))
def test_bytes_are_what_a_textbook_reads(stream: tuple[list[int], int]) -> None:
    symbols, size = stream
    fitted = SparseStreamCoder.fit(np.array(symbols, dtype=np.int64), size)
    data = fitted.encode(np.array(symbols, dtype=np.int64), [(len(symbols),)])
    table = table_of(fitted)
    assert textbook_sparse_decode(table.to_bytes(), data, size, len(symbols)) == symbols
    reader = BitReader(table.to_bytes())
    coder = SparseStreamCoder.read(reader, size)
    reader.finish()
    assert coder.decode(data, [(len(symbols),)]).tolist() == symbols
    assert coder.encode(np.array(symbols, dtype=np.int64), [(len(symbols),)]) == data
    assert table_of(coder).to_bytes() == table.to_bytes()


def number_bits(value: int) -> int:
    return 6 + value.bit_length()


def code_bits(values: list[int], alphabet: int) -> int:
    """A bit for each of the alphabet, and the lengths as differences: ones, a zero, and a sign where there is one."""
    counts = Counter(values)
    lengths = [0, *code_lengths(np.array([counts[value] for value in sorted(counts)])).tolist()] if counts else [0]
    steps = np.abs(np.diff(lengths)) if len(counts) > 1 else np.zeros(0)
    return alphabet + len(steps) + int(steps.sum()) + np.count_nonzero(steps)


def by_hand(symbols: list[int], size: int, width: int) -> tuple[int, int]:
    """Bits of the table and bytes of the code with a width, by a walk along the symbols and Huffman's own procedure."""
    counts = Counter(symbols)
    zero = min(range(size), key=lambda symbol: (-counts[symbol], symbol))
    differences, kept = textbook(symbols, 2**width - 1, zero)
    bytes_of = [-(-huffman_cost(list(Counter(values).values())) // 8) for values in (differences, kept)]
    table = (size - 1).bit_length() + 4
    table += number_bits(len(kept)) + number_bits(kept.count(zero)) + number_bits(bytes_of[0])
    return table + code_bits(differences, 2**width - 1) + code_bits(kept, size), sum(bytes_of)


@given(streams())
@example(([0] * 50, 1))
@example(([*[0] * 99, 1] * 30, 2))
def test_the_width_is_the_best_there_is(stream: tuple[list[int], int]) -> None:
    symbols, size = stream
    coder = SparseStreamCoder.fit(np.array(symbols, dtype=np.int64), size)
    sizes = {width: by_hand(symbols, size, width) for width in range(1, 13)}
    data = coder.encode(np.array(symbols, dtype=np.int64), [(len(symbols),)])
    table, payload = sizes[coder.width]
    assert (table_of(coder).size, len(data)) == (table, payload)
    # What fills the last byte of the code up is not counted.
    assert all(table + 8 * payload < bits + 8 * size + 8 for bits, size in sizes.values())


def test_a_hundredth_that_recurs_takes_no_bits_at_all() -> None:
    """With 7 bits no filler is needed, and one difference and one symbol need no code."""
    symbols = np.tile([2] * 99 + [0], 50)
    coder = SparseStreamCoder.fit(symbols, 3)
    assert (coder.zero, coder.width, coder.entries, coder.fillers) == (2, 7, 50, 0)
    assert coder.encode(symbols, [(5000,)]) == b""
    assert coder.prices.tolist() == [0, 0, 0]


def example_coder() -> SparseStreamCoder:
    """For 0 5 0 0 7 0 0 0 0 0 0 0 0 0 0 9, as in figure 2 of the paper: differences 2 3 7 4, symbols 5 7 0 9."""
    twos = np.full(4, 2)
    differences = PartialCode(7, np.array([1, 2, 3, 6]), twos)
    return SparseStreamCoder(0, 3, 4, 1, 1, differences, PartialCode(10, np.array([0, 5, 7, 9]), twos))


def test_by_hand() -> None:
    symbols = np.zeros(16, dtype=np.int64)
    symbols[[1, 4, 15]] = 5, 7, 9
    coder = example_coder()
    assert coder.encode(symbols, [(16,)]) == bytes([0b00_01_11_10, 0b01_10_00_11])
    assert coder.decode(bytes([0b00_01_11_10, 0b01_10_00_11]), [(16,)]).tolist() == symbols.tolist()
    digits = "0000" + "0011" + "000011" + "100" + "000001" + "1" + "000001" + "1"
    digits += "0111001" + "1100" + "000" + "1000010101" + "1100" + "000"
    assert "".join(f"{byte:08b}" for byte in table_of(coder).to_bytes()) == digits + "0" * (-len(digits) % 8)


def test_prices_share_differences_and_fillers_evenly() -> None:
    """8 bits of differences and 2 of a filler, for three symbols of 2 bits."""
    prices = example_coder().prices
    assert prices[0] == 0
    assert prices[[5, 7, 9]] == pytest.approx(2 + 10 / 3)


def test_other_symbols_than_it_was_fitted_to_are_refused() -> None:
    coder = example_coder()
    symbols = np.zeros(16, dtype=np.int64)
    for places, values, message in (
        ([1, 4, 15], [5, 7, 8], "no code"),
        ([0, 4, 15], [5, 7, 9], "no code"),
        ([1, 4], [5, 7], "fitted"),
        ([1, 4, 6, 8], [5, 7, 5, 7], "fitted"),
    ):
        other = symbols.copy()
        other[places] = values
        with pytest.raises(ValueError, match=message):
            coder.encode(other, [(16,)])


FLAT = PartialCode(3, np.arange(3), np.array([1, 2, 2]))
"""Differences of two bits."""
PAIR = PartialCode(2, np.arange(2), np.array([1, 1]))


@pytest.mark.parametrize(
    ("differences", "symbols", "fillers", "n", "message"),
    [
        ([2, 1], [0, 1], 1, 9, "fillers where none belong"),
        ([1, 3], [1, 0], 1, 9, "fillers where none belong"),
        ([3, 1], [0, 1], 0, 9, "fillers where none belong"),
        ([3, 1], [1, 1], 1, 9, "fillers where none belong"),
        ([3, 3], [1, 1], 0, 5, "lead to one of 5 positions"),
        ([1, 1], [1, 1], 0, 1, "cannot hold 2 entries"),
        ([3, 1], [0, 1], 1, 4, None),
        ([3, 3], [1, 1], 0, 6, None),
    ],
)
def test_only_what_encode_writes_is_read(
    differences: list[int], symbols: list[int], fillers: int, n: int, message: str | None
) -> None:
    first = FLAT.encode(np.array(differences) - 1)
    coder = SparseStreamCoder(0, 2, len(symbols), fillers, len(first), FLAT, PAIR)
    data = first + PAIR.encode(np.array(symbols))
    if message is None:
        assert coder.encode(coder.decode(data, [(n,)]), [(n,)]) == data
    else:
        with pytest.raises(BitstreamError, match=message):
            coder.decode(data, [(n,)])


def test_a_split_beyond_the_bytes_is_refused() -> None:
    """Although the bytes before it are those of the differences, and symbols need none."""
    coder = SparseStreamCoder(0, 2, 2, 0, 2, FLAT, PartialCode(2, np.array([1]), np.array([0])))
    with pytest.raises(BitstreamError, match="1 bytes"):
        coder.decode(FLAT.encode(np.array([0, 0])), [(9,)])


def test_damaged_bytes_are_refused_or_are_what_their_symbols_encode_to() -> None:
    rng = np.random.default_rng(0)
    symbols = np.where(rng.random(150) < 0.7, 2, rng.integers(0, 4, 150))
    coder = SparseStreamCoder.fit(symbols, 4)
    data = coder.encode(symbols, [(len(symbols),)])
    accepted = 0
    for _ in range(3000):
        damaged = bytearray(data)
        damaged[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        damaged = bytes(damaged)[: rng.integers(len(data) - 1, len(data) + 1)] + bytes(int(rng.integers(4)) // 3)
        n = int(rng.choice([150, 150, 149, 200, 0]))
        try:
            found = coder.decode(damaged, [(n,)])
        except BitstreamError:
            continue
        accepted += 1
        assert len(found) == n
        assert coder.encode(found, [(len(found),)]) == damaged
    assert 0 < accepted < 2500


def test_damaged_tables_are_refused_or_are_tables() -> None:
    rng = np.random.default_rng(1)
    symbols = np.where(rng.random(300) < 0.9, 1, rng.integers(0, 5, 300))
    fitted = SparseStreamCoder.fit(symbols, 5)
    table, data = table_of(fitted).to_bytes(), fitted.encode(symbols, [(len(symbols),)])
    read = 0
    for bit in range(8 * len(table)):
        damaged = bytearray(table)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            coder = SparseStreamCoder.read(BitReader(bytes(damaged)), 5)
            read += 1
            found = coder.decode(data, [(300,)])
        except BitstreamError:
            continue
        assert coder.encode(found, [(len(found),)]) == data
    assert 0 < read < 8 * len(table)


@pytest.mark.parametrize("head", ["101" + "0001", "000" + "0000", "000" + "1101"])
def test_a_zero_or_a_width_that_is_not_there_is_refused(head: str) -> None:
    digits = (head + "000000" * 3 + "1" * 5).ljust(40, "0")
    with pytest.raises(BitstreamError, match="out of range"):
        SparseStreamCoder.read(BitReader(int(digits, 2).to_bytes(5, "big")), 5)


def test_more_fillers_than_entries_are_refused() -> None:
    digits = "000" + "0001" + "000001" + "1" + "000010" + "10" + "000000" + "1" + "1" * 5
    with pytest.raises(BitstreamError, match="out of range"):
        SparseStreamCoder.read(BitReader(int(digits.ljust(40, "0"), 2).to_bytes(5, "big")), 5)
