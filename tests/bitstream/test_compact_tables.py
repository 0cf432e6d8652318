import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError
from compressible.bitstream.bits import BitReader, BitWriter
from compressible.bitstream.compact_tables import CompactTable, _nearest
from compressible.bitstream.tables import TOTAL, alphabet_sizes


def weight(level: int, mantissa: int) -> int:
    """As the format defines it."""
    e, j = divmod(level, 2**mantissa)
    return j if e == 0 else (2**mantissa + j) * 2 ** (e - 1)


def frequencies(levels: list[int], mantissa: int) -> list[int]:
    weights = [weight(level, mantissa) for level in levels]
    shares = [1 + w * (TOTAL - len(levels)) // sum(weights) for w in weights]
    shares[shares.index(max(shares))] += TOTAL - sum(shares)
    return shares


def entropy_bits(counts: np.ndarray) -> float:
    held = counts[counts > 0]
    return float((held * np.log2(held.sum() / held)).sum())


def cost(table: CompactTable, counts: np.ndarray) -> float:
    """Bits of the table and of the symbols."""
    return table.size + float((counts * -np.log2(table.frequencies / TOTAL)).sum())


LEVELS = st.integers(0, 7).flatmap(
    lambda m: st.tuples(st.just(m), st.lists(st.integers(0, (32 << m) - 1), min_size=1, max_size=50).filter(any))
)


@given(LEVELS)
def test_frequencies_are_those_the_format_defines(table: tuple[int, list[int]]) -> None:
    mantissa, levels = table
    found = CompactTable(mantissa, np.array(levels)).frequencies
    assert found.tolist() == frequencies(levels, mantissa)
    assert alphabet_sizes(found[None]) == (len(levels),)


@given(LEVELS)
def test_round_trip_in_as_many_bits_as_it_says(table: tuple[int, list[int]]) -> None:
    made = CompactTable(table[0], np.array(table[1]))
    bits = BitWriter()
    made.write(bits)
    assert len(bits.to_bytes()) == (made.size + 7) // 8
    reader = BitReader(bits.to_bytes())
    found = CompactTable.read(reader, len(table[1]))
    reader.finish()
    assert (found.mantissa, found.levels.tolist()) == table


def test_bits_by_hand() -> None:
    """Mantissa of 1 bit, exponents 2, 3, 1: 3 and 5 bits, +1 = 100, -2 = 1101, then the mantissas 1, 0, 1."""
    bits = BitWriter()
    table = CompactTable(1, np.array([5, 6, 3]))
    table.write(bits)
    assert f"{int.from_bytes(bits.to_bytes(), 'big'):024b}" == "001" + "00010" + "100" + "1101" + "101" + "000000"
    # Weights (2 + 1) * 2, 2 * 4 and 2 + 1.
    assert table.frequencies.tolist() == frequencies([5, 6, 3], 1)
    assert [weight(level, 1) for level in (5, 6, 3)] == [6, 8, 3]


@given(st.integers(0, 7), st.floats(0, 2.0**20))
def test_the_nearest_level_is_taken(mantissa: int, value: float) -> None:
    (level,) = _nearest(np.array([value]), mantissa).tolist()
    if level == 1 and value < 0.5:
        return  # the only symbol must not vanish
    near = [weight(other, mantissa) for other in range(max(0, level - 2), level + 3)]
    assert abs(weight(level, mantissa) - value) == min(abs(other - value) for other in near)


@pytest.mark.parametrize(
    ("size", "n", "budget"), [(75, 464_154, 100), (30, 2304, 40), (30, 36_864, 40), (20, 9216, 25)]
)
@pytest.mark.parametrize("shape", ["laplace", "gauss", "rough"])
def test_tables_are_small(size: int, n: int, budget: int, shape: str) -> None:
    """Bytes of the table and of what its rounding costs, over the entropy."""
    rng = np.random.default_rng(size)
    x = np.abs(np.arange(size) - size / 2.3)
    p = {"laplace": 0.6**x, "gauss": np.exp(-((x / size * 5) ** 2)), "rough": rng.gamma(1.0, size=size)}[shape]
    counts = np.bincount(rng.choice(size, n, p=p / p.sum()), minlength=size)
    table = CompactTable.fit(counts)
    assert (cost(table, counts) - entropy_bits(counts)) / 8 <= budget


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_fit_is_sound_for_any_counts(counts: list[int]) -> None:
    found = np.array(counts)
    table = CompactTable.fit(found)
    # Never worse than knowing nothing, and the table of a flat distribution.
    assert cost(table, found) <= 8 + 2 * len(counts) + found.sum() * np.log2(len(counts)) * (1 + 1e-4) + 1e-6
    assert alphabet_sizes(table.frequencies[None]) == (len(counts),)


def test_an_alphabet_of_any_size() -> None:
    rng = np.random.default_rng(0)
    counts = rng.geometric(0.01, 2**16) * (rng.random(2**16) < 0.5)
    assert alphabet_sizes(CompactTable.fit(counts).frequencies[None]) == (2**16,)
    with pytest.raises(BitstreamError, match="alphabet"):
        CompactTable.fit(np.ones(2**16 + 1, dtype=np.int64))
    with pytest.raises(BitstreamError, match="alphabet"):
        CompactTable.fit(np.zeros(0, dtype=np.int64))
    with pytest.raises(ValueError, match="negative"):
        CompactTable.fit(np.array([1, -1]))


@pytest.mark.parametrize(("mantissa", "levels"), [(0, [0, 0]), (0, [32]), (0, [-1, 2]), (8, [1]), (3, [256])])
def test_what_is_no_table_is_refused(mantissa: int, levels: list[int]) -> None:
    with pytest.raises(BitstreamError, match="table"):
        CompactTable(mantissa, np.array(levels))


@pytest.mark.parametrize("digits", ["000" + "00000" + "101", "000" + "11111" + "100", "000" + "00001", "111"])
def test_damaged_bits_are_refused(digits: str) -> None:
    data = int(digits.ljust(16, "1"), 2).to_bytes(2, "big")
    with pytest.raises(BitstreamError, match="table"):
        CompactTable.read(BitReader(data), 40)
