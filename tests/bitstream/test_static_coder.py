import time
import tracemalloc

import numpy as np
import pytest
from constriction import stream
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError, static_coder
from compressible.bitstream.static_coder import decode, encode
from compressible.bitstream.tables import cross_entropy_bits, frequency_tables

from .reference import range_decode


def tables_and_symbols(
    seed: int, groups: int, n: int, width: int, concentration: float, mixed: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Random tables, and symbols drawn from them."""
    rng = np.random.default_rng(seed)
    alphabet = tuple(rng.integers(1, width + 1, size=groups).tolist()) if mixed else (width,) * groups
    tables = frequency_tables(rng.gamma(concentration, size=(groups, width)) + 1e-12, alphabet)
    symbols = np.array([rng.choice(width, size=n, p=row / row.sum()) for row in tables], dtype=np.int64)
    return tables, symbols.reshape(groups, n)


def symbol_at(model: stream.model.Categorical, quantile: int) -> int:
    """Which symbol of ``model`` owns the unit ``quantile`` of 2**24, asked of a decoder in its first state."""
    point = quantile * ((2**64 - 1) >> 24)
    return int(stream.queue.RangeDecoder(np.array([point >> 32, point % 2**32], dtype=np.uint32)).decode(model))


@given(
    st.integers(0, 2**31), st.integers(0, 4), st.integers(0, 50), st.integers(1, 40), st.sampled_from([0.01, 0.5, 50.0])
)
def test_round_trip_agrees_with_a_textbook_range_decoder(
    seed: int, groups: int, n: int, width: int, concentration: float
) -> None:
    tables, symbols = tables_and_symbols(seed, groups, n, width, concentration, mixed=True)
    data = encode(symbols, tables)
    decoded = decode(data, tables, n)
    assert decoded.dtype == np.int64
    assert np.array_equal(decoded, symbols)
    assert range_decode(data, tables.tolist(), n) == symbols.tolist()


@given(st.integers(0, 2**31), st.integers(1, 30), st.integers(2, 20))
def test_unlikely_symbols_round_trip_too(seed: int, n: int, width: int) -> None:
    """Symbols drawn without regard to a table where one symbol has nearly all the weight: carries and long codes."""
    tables = frequency_tables(np.eye(1, width))
    symbols = np.random.default_rng(seed).integers(0, width, size=(1, n))
    data = encode(symbols, tables)
    assert np.array_equal(decode(data, tables, n), symbols)
    assert range_decode(data, tables.tolist(), n) == symbols.tolist()


@pytest.mark.parametrize("width", [2, 13, 1000, 2**16])
def test_constriction_uses_our_integers_and_no_others(width: int) -> None:
    tables, _ = tables_and_symbols(width, 1, 0, width, 0.1)
    (model,) = static_coder._models(tables, (width,))
    left = 16 * np.concatenate([[0], tables[0].cumsum()[:-1]])
    for i in range(0, width, max(1, width // 500)):
        assert symbol_at(model, int(left[i])) == i
        assert i == 0 or symbol_at(model, int(left[i]) - 1) == i - 1


@pytest.mark.parametrize("width", [3, 1000])
def test_what_constriction_makes_of_probabilities_is_what_we_say(width: int) -> None:
    """Handed f / 2**20 themselves it would use another table; should this change, look at ``_models`` again."""
    tables, _ = tables_and_symbols(width, 1, 0, width, 0.1)
    model = stream.model.Categorical(tables[0] / 2**20, perfect=False)
    cumulated = [0, *tables[0].cumsum().tolist()]
    left = [(c * (2**24 - width) >> 20) + i for i, c in enumerate(cumulated[:-1])]
    assert left != [16 * c for c in cumulated[:-1]]
    for i in range(1, width):
        assert (symbol_at(model, left[i] - 1), symbol_at(model, left[i])) == (i - 1, i)


@pytest.mark.parametrize("concentration", [0.001, 0.05, 1.0, 1000.0])
@pytest.mark.parametrize(("groups", "n", "width"), [(1, 20000, 2), (48, 1536, 13), (1, 20000, 1000), (3, 500, 2**16)])
def test_size_is_the_cross_entropy(groups: int, n: int, width: int, concentration: float) -> None:
    tables, symbols = tables_and_symbols(groups + width, groups, n, width, concentration)
    counts = np.array([np.bincount(row, minlength=width) for row in symbols])
    bits = cross_entropy_bits(counts, tables)
    coded = 8 * len(encode(symbols, tables))
    assert bits - 1e-6 * bits <= coded <= 1.001 * bits + 64


def test_nothing_costs_nothing() -> None:
    certain = np.full((3, 1), 2**20)
    assert encode(np.zeros((3, 1000), dtype=np.int64), certain) == b""
    assert np.array_equal(decode(b"", certain, 1000), np.zeros((3, 1000)))
    tables = frequency_tables(np.ones((2, 5)))
    assert encode(np.zeros((2, 0), dtype=np.int64), tables) == b""
    assert decode(b"", tables, 0).shape == (2, 0)
    none = np.zeros((0, 7), dtype=np.int64)
    assert encode(np.zeros((0, 9), dtype=np.int64), none) == b""
    assert decode(b"", none, 9).shape == (0, 9)


def test_a_certain_group_between_others_costs_nothing() -> None:
    tables = frequency_tables(np.ones((3, 4)), (4, 1, 3))
    symbols = np.array([[0, 3, 2, 1], [0, 0, 0, 0], [2, 1, 0, 2]])
    without = encode(symbols[[0, 2]], tables[[0, 2]])
    assert encode(symbols, tables) == without
    assert np.array_equal(decode(without, tables, 4), symbols)


def test_integer_type_and_memory_layout_make_no_difference() -> None:
    tables, symbols = tables_and_symbols(0, 3, 40, 9, 1.0)
    data = encode(symbols, tables)
    for same in (
        symbols.astype(np.uint8),
        symbols.astype(">i8"),
        np.asfortranarray(symbols),
        symbols[:, ::-1][:, ::-1],
    ):
        assert encode(same, tables) == data
    assert encode(symbols, np.asfortranarray(tables.astype(np.int32))) == data


@pytest.mark.parametrize("symbol", [-1, 3, 2**32, 2**33 + 1])
def test_symbols_outside_the_alphabet_are_refused(symbol: int) -> None:
    """Row 1 has 3 symbols though the array is 4 wide; 2**32 would be 0 if it were cut to 32 bits."""
    tables = frequency_tables(np.ones((2, 4)), (4, 3))
    assert encode(np.array([[3], [2]]), tables)
    with pytest.raises(ValueError, match="must lie"):
        encode(np.array([[3], [symbol]]), tables)


def test_a_certain_group_refuses_other_symbols() -> None:
    with pytest.raises(ValueError, match="must lie"):
        encode(np.array([[1]]), np.array([[2**20]]))


def test_wrong_shapes_types_and_tables_are_refused() -> None:
    tables = frequency_tables(np.ones((2, 4)))
    for symbols in (np.zeros((3, 5), int), np.zeros(5, int), np.zeros((2, 5)), np.zeros((2, 5), bool)):
        with pytest.raises(ValueError, match="symbols must be integers"):
            encode(symbols, tables)
    with pytest.raises(ValueError, match="rows must hold"):
        encode(np.zeros((2, 5), int), tables + 1)
    with pytest.raises(ValueError, match="rows must hold"):
        decode(b"", tables + 1, 5)


def test_payloads_that_encode_would_not_have_written_are_refused() -> None:
    tables, symbols = tables_and_symbols(1, 4, 100, 13, 0.5)
    data = encode(symbols, tables)
    wrong = [
        *(data[:-k] for k in range(1, len(data) + 1)),
        *(data + extra for extra in (b"\0", bytes(4), bytes(8), b"\xff" * 4, b"\xff" * 8, data)),
        b"\xff" * len(data),
        bytes(len(data)),
        data[4:] + data[:4],
    ]
    for payload in wrong:
        with pytest.raises(BitstreamError):
            decode(payload, tables, 100)
    for n in (0, 1, 99, 101, 1000, -1):
        with pytest.raises(BitstreamError):
            decode(data, tables, n)
    with pytest.raises(BitstreamError):
        decode(data, tables[::-1], 100)
    for payload in (b"abcd", bytes(4)):
        with pytest.raises(BitstreamError):
            decode(payload, tables, 0)
        with pytest.raises(BitstreamError):
            decode(payload, np.full((3, 1), 2**20), 10)


@pytest.mark.parametrize("n", [10**6, 2**30, 2**31, 2**62, 2**64, 10**30])
def test_an_absurd_n_takes_neither_memory_nor_time(n: int) -> None:
    flat = frequency_tables(np.ones((2, 4)))
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(BitstreamError):
        decode(bytes(400), flat, n)
    if n > 2**30:
        with pytest.raises(BitstreamError):
            decode(b"", np.array([[2**20]]), n)
        with pytest.raises(BitstreamError):
            decode(b"", flat[:0], n)
    assert time.perf_counter() - start < 1
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_the_cheapest_message_is_not_taken_for_an_absurd_one() -> None:
    """A million symbols at 1.4e-6 bits in 4 bytes."""
    tables = np.array([[2**20 - 1, 1]])
    symbols = np.zeros((1, 10**6), dtype=np.int64)
    data = encode(symbols, tables)
    assert len(data) == 4
    assert np.array_equal(decode(data, tables, 10**6), symbols)


def test_a_panic_of_the_coder_is_a_damaged_payload(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    class Decoder:
        raises: BaseException = PanicException("capacity overflow")

        def __init__(self, words: np.ndarray) -> None:
            pass

        def decode(self, model: object, n: int) -> np.ndarray:
            raise self.raises

    monkeypatch.setattr(static_coder.stream.queue, "RangeDecoder", Decoder)
    tables = frequency_tables(np.ones((1, 4)))
    with pytest.raises(BitstreamError):
        decode(bytes(4), tables, 3)
    monkeypatch.setattr(Decoder, "raises", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        decode(bytes(4), tables, 3)


def test_the_panic_we_know_of_has_the_name_we_catch() -> None:
    """An n that no memory could hold makes constriction panic; ``decode`` refuses it before that."""
    model = stream.model.Categorical(np.ones(2), perfect=False)
    with pytest.raises(BaseException, match="capacity overflow") as caught:
        stream.queue.RangeDecoder(np.zeros(2, dtype=np.uint32)).decode(model, 2**62)
    assert type(caught.value).__name__ == "PanicException"
