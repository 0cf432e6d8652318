from itertools import combinations, pairwise
from math import inf, log2, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream.tables import alphabet_sizes, apportion, cross_entropy_bits, frequency_tables

TOTAL = 2**20


def cost(p: np.ndarray, frequencies: tuple[int, ...], total: int) -> float:
    return sum(weight * log2(total / f) for weight, f in zip(p.tolist(), frequencies, strict=True))


def all_tables(size: int, total: int) -> list[tuple[int, ...]]:
    """Every way to cut 1..total into ``size`` non-empty pieces."""
    cuts = ((0, *inner, total) for inner in combinations(range(1, total), size - 1))
    return [tuple(b - a for a, b in pairwise(cut)) for cut in cuts]


@pytest.mark.parametrize(("size", "total"), [(2, 3), (2, 16), (3, 8), (3, 16), (4, 12), (5, 9), (5, 5)])
def test_no_other_table_is_cheaper(size: int, total: int) -> None:
    rng = np.random.default_rng(size * total)
    candidates = all_tables(size, total)
    for concentration in (0.05, 0.3, 1.0, 10.0):
        for p in rng.dirichlet(np.full(size, concentration), size=20):
            ours = tuple(apportion(p, total).tolist())
            assert ours in candidates
            assert cost(p, ours, total) <= min(cost(p, other, total) for other in candidates) + 1e-12


def test_rounding_the_probabilities_is_not_enough() -> None:
    """Quotas (3.52, 1.48) round to (4, 1), yet (3, 2) is cheaper.

    3 -> 4 saves 0.704 ln(4/3) = 0.2025, 1 -> 2 saves 0.296 ln 2 = 0.2052.
    """
    assert apportion(np.array([0.704, 0.296]), 5).tolist() == [3, 2]


@pytest.mark.parametrize(
    ("weights", "total", "expected"),
    [
        ([1, 1, 1], 8, [3, 3, 2]),
        ([0.5, 0.25, 0.25], 8, [4, 2, 2]),
        ([1, 0, 0], 8, [6, 1, 1]),
        ([0.9, 0.06, 0.04], 8, [6, 1, 1]),
        ([3, 1], 4, [3, 1]),
        ([5], 8, [8]),
        ([1, 2, 3], 3, [1, 1, 1]),
    ],
)
def test_tables_computed_by_hand(weights: list[float], total: int, expected: list[int]) -> None:
    assert apportion(np.array(weights, dtype=np.float64), total).tolist() == expected


def test_a_thousand_equal_symbols() -> None:
    """2**20 = 1000 * 1048 + 576."""
    assert frequency_tables(np.full((1, 1000), 0.001))[0].tolist() == [1049] * 576 + [1048] * 424


@pytest.mark.parametrize("size", [1, 2, 13, 1000, 2**16])
@pytest.mark.parametrize("concentration", [0.001, 0.3, 100.0])
def test_rows_sum_to_the_total_and_waste_next_to_nothing(size: int, concentration: float) -> None:
    """The best table wastes at most log2(T / (T - L)) bits a symbol, because floor(p (T - L)) + 1 always fits."""
    p = np.random.default_rng(size).gamma(concentration, size=(1, size)) + 1e-300
    p /= p.sum()
    tables = frequency_tables(p)
    assert tables.dtype == np.int64
    assert tables.sum() == TOTAL
    assert tables.min() >= 1
    held = p > 0
    waste = float((p[held] * np.log2(p[held] / (tables[held] / TOTAL))).sum())
    bound = log2(TOTAL / (TOTAL - size)) if size > 1 else 0.0
    assert -1e-9 <= waste <= bound + 1e-9


@given(
    st.lists(st.lists(st.floats(0, 1e6, width=32), min_size=5, max_size=5).filter(lambda row: row[0] > 0), max_size=4),
    st.data(),
)
def test_alphabets_of_different_size(rows: list[list[float]], data: st.DataObject) -> None:
    alphabet = tuple(data.draw(st.integers(1, 5)) for _ in rows)
    pmf = np.array(rows, dtype=np.float32).reshape(-1, 5)
    tables = frequency_tables(pmf, alphabet)
    assert alphabet_sizes(tables) == alphabet
    for row, weights, size in zip(tables, pmf, alphabet, strict=True):
        assert row.sum() == TOTAL
        assert (row[:size] >= 1).all()
        assert (row[size:] == 0).all()
        # A likelier symbol never gets less, and the scale of the weights means nothing.
        assert (np.diff(row[:size][np.argsort(weights[:size], kind="stable")]) >= -1).all()
        assert apportion(4.0 * weights[:size], TOTAL).tolist() == row[:size].tolist()


def test_weights_past_the_alphabet_do_not_count() -> None:
    tables = frequency_tables(np.array([[1.0, 1.0, nan], [1.0, 1.0, 2.0]]), (2, 3))
    assert tables.tolist() == [[2**19, 2**19, 0], [2**18, 2**18, 2**19]]


@pytest.mark.parametrize("row", [[0.0, 0.0], [-0.1, 1.1], [nan, 1.0], [inf, 1.0]])
def test_what_is_no_distribution_is_refused(row: list[float]) -> None:
    with pytest.raises(ValueError, match="positive sum"):
        frequency_tables(np.array([row]))


def test_wrong_shapes_and_alphabets_are_refused() -> None:
    with pytest.raises(ValueError, match="groups, L"):
        frequency_tables(np.ones(3))
    for alphabet in ((3, 3), (0,), (4,)):
        with pytest.raises(ValueError, match="alphabet"):
            frequency_tables(np.ones((1, 3)), alphabet)
    with pytest.raises(ValueError, match="do not fit"):
        apportion(np.ones(9), 8)


@pytest.mark.parametrize(
    "tables",
    [
        [[TOTAL - 1, 0]],
        [[TOTAL, 1]],
        [[2**19, 0, 2**19]],
        [[0, TOTAL]],
        [[TOTAL + 5, -5]],
        [[2**62, 2**62, 2**62, 2**62, TOTAL]],
        [[]],
        [TOTAL],
        [[1.0 * TOTAL]],
    ],
)
def test_what_is_no_table_is_refused(tables: list) -> None:
    with pytest.raises(ValueError, match=r"tables must be|rows must hold"):
        alphabet_sizes(np.array(tables))


def test_cross_entropy_by_hand() -> None:
    """3 symbols of 1 bit and 2 + 1 of 2 bits; 4 of 1 bit in the other group; 5 certain ones in the last."""
    tables = np.array([[2**19, 2**18, 2**18], [2**19, 2**19, 0], [2**20, 0, 0]])
    counts = np.array([[3, 2, 1], [4, 0, 0], [5, 0, 0]])
    assert cross_entropy_bits(counts, tables) == 3 + 6 + 4
    assert cross_entropy_bits(np.zeros_like(counts), tables) == 0
    assert cross_entropy_bits(counts[:0], tables[:0]) == 0
    # 1 in 2**20, the dearest symbol there is.
    assert cross_entropy_bits(np.array([[0, 1]]), np.array([[TOTAL - 1, 1]])) == 20


def test_counts_that_no_table_prices_are_refused() -> None:
    tables = np.array([[2**20, 0]])
    for counts in ([[1, 1]], [[-1, 0]]):
        with pytest.raises(ValueError, match="counts must"):
            cross_entropy_bits(np.array(counts), tables)
    with pytest.raises(ValueError, match="shape"):
        cross_entropy_bits(np.array([[1]]), tables)
