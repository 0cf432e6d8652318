from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError
from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.code_tables import PartialCode, read_lengths, write_lengths

from .test_huffman import huffman_cost, textbook_decode


def bits_of(writer: BitWriter) -> str:
    return "".join(f"{byte:08b}" for byte in writer.to_bytes())[: writer.size]


def reader_of(digits: str) -> BitReader:
    return BitReader(int(digits.ljust(-(-len(digits) // 8) * 8, "0"), 2).to_bytes(-(-len(digits) // 8), "big"))


def test_lengths_by_hand() -> None:
    writer = BitWriter()
    write_lengths(writer, np.array([2, 1, 3, 3]))
    assert bits_of(writer) == "1100" + "101" + "1100" + "0"
    assert read_lengths(reader_of(bits_of(writer)), 4).tolist() == [2, 1, 3, 3]


def test_a_partial_code_by_hand() -> None:
    """4 five times, 1 twice, 5 and 6 once: lengths 1, 2, 3, 3, and codes 0, 10, 110, 111."""
    code = PartialCode.fit(np.array([0, 2, 0, 0, 5, 1, 1, 0]))
    assert code.prices.tolist() == [0, 2, 0, 0, 1, 3, 3, 0]
    writer = BitWriter()
    code.write(writer)
    assert bits_of(writer) == "01001110" + "1100" + "101" + "1100" + "0"
    data = bytes([0b01011011, 0b10000000])
    assert code.encode(np.array([4, 1, 5, 6])) == data
    assert PartialCode.read(reader_of(bits_of(writer)), 8).decode(data, 4).tolist() == [4, 1, 5, 6]


@given(st.lists(st.integers(0, 30), max_size=80), st.integers(31, 50))
def test_only_symbols_that_occur_have_codes(symbols: list[int], size: int) -> None:
    """At the price of a Huffman code of these alone, and to be read from the table by a textbook."""
    counts = np.bincount(np.array(symbols, dtype=np.int64), minlength=size)
    fitted = PartialCode.fit(counts)
    writer = BitWriter()
    fitted.write(writer)
    code = PartialCode.read(reader_of(bits_of(writer)), size)
    assert code.symbols.tolist() == (sorted(set(symbols)) or [0])
    cost = huffman_cost(list(Counter(symbols).values()))
    assert counts @ code.prices == cost
    data = fitted.encode(np.array(symbols, dtype=np.int64))
    assert len(data) == -(-cost // 8)
    assert code.decode(data, len(symbols)).tolist() == symbols
    if len(set(symbols)) > 1:
        ranks = textbook_decode(data, code.lengths.tolist(), len(symbols))
        assert [sorted(set(symbols))[rank] for rank in ranks] == symbols


@pytest.mark.parametrize("symbol", [0, 2, 5, 8, -1])
def test_a_symbol_without_a_code_is_not_coded(symbol: int) -> None:
    code = PartialCode.fit(np.array([0, 3, 0, 1, 1, 0]))
    with pytest.raises(ValueError, match="no code"):
        code.encode(np.array([1, symbol]))


@pytest.mark.parametrize(
    ("digits", "message"),
    [
        ("000" + "0" * 5, "no symbol"),
        ("110" + "100" + "100", "complete code"),
        ("111" + "100" + "0" + "0", "complete code"),
        ("11", "truncated"),
        ("11111111", "truncated"),
    ],
)
def test_tables_of_no_code_are_refused(digits: str, message: str) -> None:
    with pytest.raises(BitstreamError, match=message):
        PartialCode.read(reader_of(digits), 3 if message != "truncated" else 9)
