import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.quantizers.log_gains import LogGains, log_levels


def fitted(*rows: list[float], size: int = 8) -> LogGains:
    gains = LogGains(len(rows), size)
    gains.fit(torch.tensor(rows, dtype=torch.float64))
    return gains


@given(st.floats(0, 1), st.sampled_from([1, 2, 8, 33]), st.floats(1e-6, 1e6), st.floats(2, 1e9))
def test_off_by_half_a_step_at_most(place: float, size: int, smallest: float, ratio: float) -> None:
    gains = fitted([smallest, smallest * ratio], size=size)
    length = torch.tensor([[smallest * ratio**place]], dtype=torch.float64)
    decoded = gains.dequantize(gains.symbols(length))
    error = abs(math.log2(float(decoded)) - math.log2(float(length)))
    assert error <= math.log2(ratio) / size / 2 + 1e-5


def test_levels_by_hand() -> None:
    # Four cells of one octave from 1 to 16; each level in the middle of its cell, on the logarithmic scale.
    torch.testing.assert_close(log_levels(1.0, 16.0, 4), torch.tensor([0.5, 1.5, 2.5, 3.5]).double().exp2())
    gains = fitted([1.0, 16.0], size=4)
    lengths = torch.tensor([[0.0, 0.1, 1.0, 1.99, 2.01, 7.99, 8.01, 16.0, 1e38]], dtype=torch.float64)
    assert gains.symbols(lengths).tolist() == [[0, 0, 0, 0, 1, 2, 3, 3, 3]]


def test_each_group_spans_its_own_lengths_short_of_the_shortest_hundredth() -> None:
    rng = np.random.default_rng(0)
    lengths = np.stack([rng.lognormal(size=1000), 100 * rng.lognormal(size=1000)])
    gains = fitted(*lengths.tolist(), size=16)
    for levels, row in zip(gains.levels.double(), np.sort(lengths), strict=True):
        half = math.log2(row[-1] / row[10]) / 32
        assert math.log2(float(levels[0])) == pytest.approx(math.log2(row[10]) + half, abs=1e-5)
        assert math.log2(float(levels[-1])) == pytest.approx(math.log2(row[-1]) - half, abs=1e-5)


def test_zeros_and_what_is_not_finite_are_left_out() -> None:
    usual = fitted([1.0, 3.0, 9.0], [2.0, 2.5, 7.0])
    mixed = fitted([0.0, 1.0, 3.0, 9.0, math.nan], [math.inf, 2.0, 1e39, 2.5, 7.0])
    assert torch.equal(mixed.levels, usual.levels)


def test_without_a_usual_length_levels_stay() -> None:
    assert torch.equal(fitted([0.0, math.nan]).levels, LogGains(1, 8).levels)
    assert torch.equal(fitted([]).levels, LogGains(1, 8).levels)


def test_levels_follow_lengths_on_their_scale() -> None:
    gains = fitted([1.0, 16.0], size=4)
    # The ends of the span from 16 to 256 are each 4 octaves up; a quarter of the way is one.
    gains.follow(torch.tensor([[16.0, 256.0]], dtype=torch.float64), decay=0.75)
    torch.testing.assert_close(gains.levels, torch.tensor([[1.5, 2.5, 3.5, 4.5]]).exp2())
    gains.follow(torch.tensor([[0.0, math.nan]], dtype=torch.float64), decay=0.0)
    torch.testing.assert_close(gains.levels, torch.tensor([[1.5, 2.5, 3.5, 4.5]]).exp2(), msg="nothing to follow")


@pytest.mark.parametrize("size", [1, 2, 32, 1000])
def test_levels_are_told_apart_even_where_all_lengths_are_the_same(size: int) -> None:
    gains = fitted([5.0] * 7, size=size)
    symbols = torch.arange(size)[None]
    assert torch.equal(gains.symbols(gains.dequantize(symbols).double()), symbols)


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="gain_levels"):
        LogGains(1, 0)
