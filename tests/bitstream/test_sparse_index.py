import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compressible.bitstream import huffman
from compressible.bitstream.sparse_index import SparseSymbols, sparse_decode, sparse_encode

ZERO = 3


@st.composite
def sparse_symbols(draw: st.DrawFn) -> list[int]:
    runs = draw(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([0, 1, 2, 4])), max_size=12))
    return [s for zeros, symbol in runs for s in [*[ZERO] * zeros, symbol]] + [ZERO] * draw(st.integers(0, 20))


def textbook(symbols: list[int], longest: int, zero: int = ZERO) -> tuple[list[int], list[int]]:
    """Walk along the vector; after ``longest`` steps without a symbol, or at a symbol, write how far it was."""
    differences, values, distance, done = [], [], 0, 0
    for symbol in symbols:
        distance += 1
        if symbol != zero or distance == longest:
            differences.append(distance)
            values.append(symbol)
            distance = 0
            if symbol != zero:
                done = len(differences)
    return differences[:done], values[:done]


@given(sparse_symbols(), st.integers(1, 8))
@example([ZERO] * 20, 2)
@example([1] * 20, 2)
@example([], 4)
@example([ZERO] * 14 + [1], 4)
@example([ZERO] * 15 + [1], 4)
def test_as_the_textbook_writes_it(symbols: list[int], bits: int) -> None:
    sparse = sparse_encode(np.array(symbols, dtype=np.int64), ZERO, bits)
    assert (sparse.differences.tolist(), sparse.symbols.tolist()) == textbook(symbols, 2**bits - 1)
    assert sparse_decode(sparse, ZERO, len(symbols)).tolist() == symbols


@given(sparse_symbols(), st.integers(1, 8))
@example([ZERO] * 20, 2)
@example([1] * 20, 2)
def test_round_trip_through_huffman_codes(symbols: list[int], bits: int) -> None:
    sparse = sparse_encode(np.array(symbols, dtype=np.int64), ZERO, bits)
    streams = []
    for values, alphabet in ((sparse.differences, 2**bits), (sparse.symbols, 5)):
        lengths = huffman.code_lengths(np.bincount(values, minlength=alphabet))
        streams.append(huffman.decode(huffman.encode(values, lengths), lengths, len(values)))
    assert sparse_decode(SparseSymbols(*streams), ZERO, len(symbols)).tolist() == symbols


def test_by_hand() -> None:
    """Entries 1, 4 and 15, as in figure 2 of the paper, with 3 bits; from 4 to 15 it takes a filler at 11."""
    symbols = np.zeros(16, dtype=np.int64)
    symbols[[1, 4, 15]] = 5, 7, 9
    sparse = sparse_encode(symbols, 0, 3)
    assert sparse.differences.tolist() == [2, 3, 7, 4]
    assert sparse.symbols.tolist() == [5, 7, 0, 9]


def test_no_bits() -> None:
    with pytest.raises(ValueError, match="at least one bit"):
        sparse_encode(np.ones(3, dtype=np.int64), 0, 0)


@pytest.mark.parametrize("differences", [[0], [2, -1], [2, 2]])
def test_differences_that_lead_nowhere(differences: list[int]) -> None:
    with pytest.raises(ValueError, match="differences must be positive"):
        sparse_decode(SparseSymbols(np.array(differences), np.ones(len(differences), dtype=np.int64)), 0, 3)
