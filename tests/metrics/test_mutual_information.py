import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from scipy.stats.contingency import crosstab

from compressible.metrics import mutual_information as module
from compressible.metrics.code_statistics import code_statistics
from compressible.metrics.mutual_information import MutualInformation, mutual_information


def measured(codes: np.ndarray, alphabet: tuple[int, ...], shuffles: int = 1, seed: int = 0) -> MutualInformation:
    return mutual_information(torch.from_numpy(codes), alphabet, torch.Generator().manual_seed(seed), shuffles)


def dependent(rng: np.random.Generator, alphabet: tuple[int, ...], n: int) -> np.ndarray:
    """Codes that share a part of their noise."""
    shared = rng.random(n)
    return np.stack([((0.5 * shared + 0.5 * rng.random(n)) * size).astype(np.int64) for size in alphabet])


def likelihood_ratio(x: np.ndarray, y: np.ndarray) -> float:
    """G statistic of SciPy as mutual information: G = 2 n I nats."""
    table = crosstab(x, y).count
    return chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic / (2 * len(x) * math.log(2))


def test_two_by_two_by_hand() -> None:
    """The joint frequencies are 3/8, 1/8, 1/8, 3/8."""
    codes = np.array([[0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 0, 1, 1, 1]])
    result = measured(codes, (2, 2))
    expected = 2 - (0.75 * math.log2(8 / 3) + 0.25 * 3)
    np.testing.assert_allclose(result.plug_in, [[1, expected], [expected, 1]], rtol=1e-12)
    pair, alone = (2 + 2 - 4 - 1) / (16 * math.log(2)), (2 - 1) / (16 * math.log(2))
    corrected = [[1 + alone, expected + pair], [expected + pair, 1 + alone]]
    np.testing.assert_allclose(result.corrected, corrected, rtol=1e-12)


alphabets = st.lists(st.integers(1, 7), min_size=1, max_size=3).map(tuple)


@pytest.mark.parametrize("dense_cells", [0, 2**22])
@settings(max_examples=40)
@given(alphabet=alphabets, n=st.integers(1, 80), seed=st.integers(0, 2**32 - 1))
def test_against_scipy_whether_tables_are_dense_or_sparse(
    dense_cells: int, alphabet: tuple[int, ...], n: int, seed: int
) -> None:
    codes = dependent(np.random.default_rng(seed), alphabet, n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "DENSE_CELLS", dense_cells)
        result = measured(codes, alphabet)
    for i, x in enumerate(codes):
        for j, y in enumerate(codes):
            expected = likelihood_ratio(x, y)
            assert float(result.plug_in[i, j]) == pytest.approx(expected, abs=1e-12)
            cells = len(set(x)) + len(set(y)) - len(set(zip(x, y, strict=True))) - 1
            corrected = expected + cells / (2 * n * math.log(2))
            assert float(result.corrected[i, j]) == pytest.approx(corrected, abs=1e-12)


def test_large_alphabets_are_not_tabulated() -> None:
    """A table of 10^12 cells would not fit."""
    codes = np.random.default_rng(0).integers(0, 10, (2, 500)) * 111_111
    result = measured(codes, (1_000_000, 1_000_000))
    assert float(result.plug_in[0, 1]) == pytest.approx(likelihood_ratio(*codes), abs=1e-12)


def test_identical_codes_share_their_entropy_exactly() -> None:
    codes = dependent(np.random.default_rng(1), (37,), 1000)
    relabelled = (codes + 5) % 37
    result = measured(np.concatenate([codes, codes, relabelled]), (37, 37, 37))
    entropy = code_statistics(torch.from_numpy(codes), (37,)).entropy
    assert torch.equal(result.plug_in[:2, :2], entropy.expand(2, 2))
    torch.testing.assert_close(result.plug_in[2], entropy.expand(3), rtol=1e-12, atol=0)


def test_independent_codes_lie_inside_the_null() -> None:
    """2 n I of independent codes is chi-squared with (K_i - 1)(K_j - 1) degrees of freedom."""
    alphabet, n = (16, 8, 8), 20_000
    codes = np.stack([np.random.default_rng(group).integers(0, size, n) for group, size in enumerate(alphabet)])
    result = measured(codes, alphabet, shuffles=4)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        freedom = (alphabet[i] - 1) * (alphabet[j] - 1)
        bias, deviation = (x / (2 * n * math.log(2)) for x in (freedom, math.sqrt(2 * freedom)))
        assert abs(float(result.plug_in[i, j]) - bias) < 4 * deviation
        assert abs(float(result.corrected[i, j])) < 4 * deviation
        assert abs(float(result.null[i, j]) - bias) < 4 * deviation / 2, "a mean of four"
        assert abs(float(result.plug_in[i, j] - result.null[i, j])) < 5 * deviation


def test_the_null_of_dependent_codes_forgets_what_they_share() -> None:
    """On the diagonal too, where a group is compared with itself in another order."""
    n = 20_000
    codes = np.random.default_rng(0).integers(0, 8, (1, n)).repeat(2, axis=0)
    result = measured(codes, (8, 8), shuffles=2)
    bias, deviation = (x / (2 * n * math.log(2)) for x in (49, math.sqrt(98)))
    assert float(result.plug_in.min()) > 2.99
    assert bool(((result.null - bias).abs() < 4 * deviation).all())


def test_the_null_is_the_generators() -> None:
    codes = dependent(np.random.default_rng(0), (4, 5, 3), 100)
    state = torch.get_rng_state()
    one, same, other = (measured(codes, (4, 5, 3), seed=seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(one.null, same.null)
    assert not torch.equal(one.null, other.null)
    assert torch.equal(one.plug_in, other.plug_in)
    for matrix in (one.plug_in, one.corrected, one.null):
        assert torch.equal(matrix, matrix.mT)


def test_refusals() -> None:
    codes = np.zeros((2, 3), np.int64)
    with pytest.raises(ValueError, match="at least one shuffle"):
        measured(codes, (2, 2), shuffles=0)
    with pytest.raises(ValueError, match="inside their alphabets"):
        measured(codes + 2, (2, 2))
