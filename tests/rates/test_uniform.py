import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError
from compressible.quantizers import Identity
from compressible.rates import Uniform, UniformCoder


@given(
    alphabet=st.lists(st.sampled_from([1, 2, 3, 1000, 2**16, 2**16 + 1, 2**20, 2**32]), min_size=1, max_size=4),
    n=st.integers(0, 40),
    seed=st.integers(0, 2**32 - 1),
)
def test_symbols_come_back(alphabet: list[int], n: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    symbols = np.stack([draw.integers(0, size, n) for size in alphabet])
    coder = UniformCoder(tuple(alphabet))
    assert np.array_equal(coder.decode(coder.encode(symbols), symbols.shape), symbols)


def test_bits_are_logarithms_of_the_alphabet() -> None:
    """By hand: 10 symbols of 3 bits and 10 of 5 bits are 80 bits, and the stream is within a word or two of that."""
    symbols = np.random.default_rng(0).integers(0, 8, (2, 10))
    coder = UniformCoder((8, 32))
    assert coder.bits(symbols) == 80
    assert abs(8 * len(coder.encode(symbols)) - 80) <= 64


def test_identity_costs_32_bits_a_value() -> None:
    quantized = Identity(2, 3)(torch.randn(2, 7, 3))
    rate = Uniform(quantized.alphabet).rate(quantized)
    assert rate.bits.tolist() == [7 * 3 * 32] * 2
    assert float(rate.loss) == 2 * 7 * 3 * 32


def test_a_symbol_outside_the_alphabet_is_refused() -> None:
    with pytest.raises(ValueError, match="alphabet"):
        UniformCoder((4, 8)).encode(np.array([[0, 4], [0, 7]]))


def test_damaged_data_is_a_bitstream_error() -> None:
    coder = UniformCoder((1000,))
    data = coder.encode(np.arange(50)[None])
    with pytest.raises(BitstreamError):
        coder.decode(data[:-4], (1, 50))
