import subprocess
import sys

import numpy as np
import pytest
import torch

from compressible.bitstream.container import SymbolModelKind
from compressible.bitstream.tables import frequency_tables
from compressible.quantizers.base import Quantized
from compressible.rates import Context, ContextCoder, Histogram


def ideal_bits(symbols: np.ndarray, pmf: np.ndarray) -> float:
    """Of independent symbols (1, n) under the pmf (L,) that they were drawn from."""
    return float(-np.log2(pmf[symbols]).sum())


@pytest.mark.parametrize(("size", "allowed"), [(2, 1.01), (16, 1.015), (300, 1.02)])
def test_independent_symbols_cost_little_more_than_their_entropy(size: int, allowed: float) -> None:
    draw = np.random.default_rng(size)
    pmf = draw.dirichlet(np.full(size, 0.8))
    symbols = draw.choice(size, (1, 100_000), p=pmf)
    coder = ContextCoder((size,))
    data = coder.encode(symbols)
    assert np.array_equal(coder.decode(data, symbols.shape), symbols)
    assert 0.998 < 8 * len(data) / ideal_bits(symbols, pmf) < allowed
    assert coder.bits(symbols) == 8 * len(data)


def test_a_chain_costs_its_conditional_entropy() -> None:
    """A symbol is kept with probability 0.9, or else drawn from 4: by hand, 0.925 and three times 0.025."""
    draw = np.random.default_rng(0)
    fresh, kept = draw.integers(0, 4, 100_000), draw.random(100_000) < 0.9
    latest = np.maximum.accumulate(np.where(kept, 0, np.arange(100_000)))
    symbols = fresh[latest][None]
    entropy = -(0.925 * np.log2(0.925) + 3 * 0.025 * np.log2(0.025))
    assert 0.99 < 8 * len(ContextCoder((4,)).encode(symbols)) / (100_000 * entropy) < 1.03


def mixture_field(rows: int, columns: int, size: int) -> tuple[np.ndarray, float]:
    """Symbols that copy the one above (0.5), the one on the left (0.3), or none of them; and their cost when known."""
    draw = np.random.default_rng(1)
    field = np.zeros((rows, columns), dtype=np.int64)
    choices, fresh = draw.random((rows, columns)), draw.integers(0, size, (rows, columns))
    bits = 0.0
    for y in range(rows):
        for x in range(columns):
            above = field[y - 1, x] if y else 0
            left = field[y, x - 1] if x else 0
            choice = choices[y, x]
            field[y, x] = symbol = above if choice < 0.5 else left if choice < 0.8 else fresh[y, x]
            bits -= np.log2(0.5 * (symbol == above) + 0.3 * (symbol == left) + 0.2 / size)
    return field[None], bits


@pytest.mark.parametrize(("size", "allowed"), [(8, 1.06), (64, 1.1)])
def test_a_field_costs_little_more_than_by_the_law_that_made_it(size: int, allowed: float) -> None:
    field, bits = mixture_field(200, 200, size)
    assert 0.99 < 8 * len(ContextCoder((size,)).encode(field)) / bits < allowed


def autoregressive_field(groups: int, rows: int, columns: int) -> np.ndarray:
    """Separable AR(1) of correlation 0.9 both ways, in steps of half its deviation."""
    values = np.random.default_rng(2).standard_normal((groups, rows, columns))
    for axis in (1, 2):
        moved = np.moveaxis(values, axis, 0)
        for i in range(1, len(moved)):
            moved[i] = 0.9 * moved[i - 1] + np.sqrt(1 - 0.81) * moved[i]
    return np.clip(np.round(values * 2), -7, 8).astype(np.int64) + 7


def test_a_smooth_field_costs_much_less_than_its_order_0_entropy() -> None:
    """The innovation has 0.19 of the deviation: differential entropy falls by log2(1 / 0.19) = 2.4 bits of 3.05.

    At steps of this size much of what is left is rounding, so two fifths is what is asked.
    """
    field = autoregressive_field(4, 100, 100)
    pmfs = [np.bincount(group.ravel(), minlength=16) / group.size for group in field]
    order_0 = sum(ideal_bits(group.ravel(), pmf) for group, pmf in zip(field, pmfs, strict=True))
    assert 8 * len(ContextCoder((16,) * 4).encode(field)) < 0.6 * order_0


def test_groups_that_repeat_another_cost_next_to_nothing() -> None:
    first = np.random.default_rng(3).integers(0, 8, (1, 64, 64))
    alone = len(ContextCoder((8,)).encode(first))
    assert len(ContextCoder((8,) * 5).encode(np.repeat(first, 5, axis=0))) < 1.5 * alone


def test_entries_of_a_vector_are_planes_of_their_own() -> None:
    """Rows and columns come first, whatever follows: so a single entry changes nothing, and two fields stay apart."""
    fields = autoregressive_field(2, 40, 50)
    coder = ContextCoder((16,))
    alone = coder.encode(fields[:1])
    assert coder.encode(fields[:1, ..., None]) == alone
    assert np.array_equal(coder.decode(alone, (1, 40, 50, 1)), fields[:1, ..., None])
    both = np.stack([fields[0], fields[1]], axis=-1)[None]
    data = coder.encode(both)
    assert np.array_equal(coder.decode(data, both.shape), both)
    assert len(data) < 1.05 * (len(alone) + len(coder.encode(fields[1:])))


def test_known_frequencies_help_short_inputs() -> None:
    """300 symbols are near what a static coder takes that knows the pmf, and far from it where nothing is known."""
    draw = np.random.default_rng(4)
    pmf = draw.dirichlet(np.full(100, 0.05))
    symbols = draw.choice(100, (1, 300), p=pmf)
    known = ContextCoder((100,), frequency_tables(pmf[None]))
    data = known.encode(symbols)
    assert np.array_equal(known.decode(data, symbols.shape), symbols)
    assert 8 * len(data) < 1.05 * ideal_bits(symbols, pmf) + 8
    assert 8 * len(ContextCoder((100,)).encode(symbols)) > 1.1 * ideal_bits(symbols, pmf)


def test_prices_are_those_of_the_histogram_and_the_coder_starts_from_it() -> None:
    draw = torch.Generator().manual_seed(0)
    symbols = torch.randint(0, 3, (2, 50), generator=draw)
    soft = torch.rand(2, 4, generator=draw)
    quantized = Quantized(
        symbols.float()[..., None], symbols, (4, 3), soft / soft.sum(1, keepdim=True), torch.zeros(())
    )
    context, histogram = Context((4, 3), window=2, every=1), Histogram((4, 3), window=2, every=1)
    for _ in range(2):
        ours, theirs = context.rate(quantized), histogram.rate(quantized)
        assert torch.equal(ours.loss, theirs.loss)
        assert torch.equal(ours.bits, theirs.bits)
    context.fill(symbols, 1)
    histogram.fill(symbols, 1)
    coder = context.coder()
    assert coder.kind is SymbolModelKind.CONTEXT
    assert coder.frequencies is not None
    assert np.array_equal(coder.frequencies, histogram.coder().frequencies)
    assert np.array_equal(coder.decode(coder.encode(symbols.numpy()), (2, 50)), symbols.numpy())


def test_alphabets_and_frequencies_must_agree() -> None:
    with pytest.raises(ValueError, match="other alphabets"):
        ContextCoder((4, 3), frequency_tables(np.ones((2, 4))))
    with pytest.raises(ValueError, match="1 to 2"):
        ContextCoder((0,))


def test_symbol_models_load_no_compiler() -> None:
    code = "import sys, compressible.rates, compressible.cli, compressible.codecs; print('numba' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.stdout.strip() == "False", result.stderr
