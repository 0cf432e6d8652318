import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError
from compressible.bitstream.tables import TOTAL
from compressible.rates import StaticCoder


def coder_and_symbols(seed: int, alphabet: tuple[int, ...], shape: tuple[int, ...]) -> tuple[StaticCoder, np.ndarray]:
    draw = np.random.default_rng(seed)
    pmf = draw.gamma(0.5, size=(len(alphabet), max(alphabet))) + 1e-9
    symbols = np.stack([draw.integers(size, size=shape) for size in alphabet])
    return StaticCoder.from_pmf(pmf, alphabet), symbols


alphabets = st.lists(st.integers(1, 9), min_size=1, max_size=4).map(tuple)
shapes = st.lists(st.integers(0, 12), min_size=1, max_size=3).map(tuple)


@settings(max_examples=60)
@given(st.integers(0, 2**31), alphabets, shapes)
def test_round_trip_of_any_shape(seed: int, alphabet: tuple[int, ...], shape: tuple[int, ...]) -> None:
    coder, symbols = coder_and_symbols(seed, alphabet, shape)
    decoded = coder.decode(coder.encode(symbols), symbols.shape)
    assert decoded.dtype == np.int64
    assert decoded.shape == symbols.shape
    assert np.array_equal(decoded, symbols)


@settings(max_examples=40)
@given(st.integers(0, 2**31), alphabets, shapes)
def test_bits_are_the_sum_of_all_prices(seed: int, alphabet: tuple[int, ...], shape: tuple[int, ...]) -> None:
    coder, symbols = coder_and_symbols(seed, alphabet, shape)
    tables = coder.frequencies.tolist()
    bits = -sum(
        math.log2(tables[group][symbol] / TOTAL)
        for group, row in enumerate(symbols)
        for symbol in row.flatten().tolist()
    )
    assert coder.bits(symbols) == pytest.approx(bits, abs=1e-6)
    assert bits - 1 <= 8 * len(coder.encode(symbols)) <= bits + 65


def test_tables_follow_the_alphabet() -> None:
    coder, _ = coder_and_symbols(0, (2, 5, 1), (3,))
    assert (coder.frequencies > 0).tolist() == [[i < size for i in range(5)] for size in (2, 5, 1)]
    assert coder.frequencies.sum(1).tolist() == [TOTAL] * 3


@pytest.mark.parametrize("wrong", [-1, 2, 5])
def test_symbols_outside_their_groups_alphabet_are_refused(wrong: int) -> None:
    coder, symbols = coder_and_symbols(0, (2, 5), (4,))
    symbols[0, 3] = wrong
    with pytest.raises(ValueError, match="symbols"):
        coder.encode(symbols)


def test_damaged_bytes_are_refused() -> None:
    coder, symbols = coder_and_symbols(1, (9, 9), (200,))
    data = coder.encode(symbols)
    for damaged in (data[:-4], data + bytes(4), data[:-1], b""):
        with pytest.raises(BitstreamError):
            coder.decode(damaged, symbols.shape)
    with pytest.raises(BitstreamError):
        coder.decode(data, (2, 199))
