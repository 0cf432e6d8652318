import math

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from compressible.metrics.code_statistics import code_statistics, count_codes, cross_entropy

alphabets = st.lists(st.integers(1, 12), min_size=1, max_size=4)


def draw(rng: np.random.Generator, alphabet: list[int], n: int) -> torch.Tensor:
    """Codes of which low ones are the more frequent."""
    return torch.from_numpy(np.stack([(rng.random(n) ** 2 * size).astype(np.int64) for size in alphabet]))


@settings(max_examples=60)
@given(alphabets, st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_against_scipy(alphabet: list[int], n: int, seed: int) -> None:
    codes = draw(np.random.default_rng(seed), alphabet, n)
    statistics = code_statistics(codes, alphabet)
    for group, size in enumerate(alphabet):
        counts = np.bincount(codes[group].numpy(), minlength=size)
        expected = scipy.stats.entropy(counts, base=2)
        assert float(statistics.entropy[group]) == pytest.approx(expected, abs=1e-12)
        assert float(statistics.perplexity[group]) == pytest.approx(math.exp(scipy.stats.entropy(counts)), rel=1e-12)
        assert float(statistics.usage[group]) == pytest.approx(len(set(codes[group].tolist())) / size)


def test_by_hand() -> None:
    codes = torch.tensor([[0, 1, 2, 3, 0, 1, 2, 3], [0, 0, 0, 0, 1, 1, 5, 7], [2] * 8], dtype=torch.int32)
    statistics = code_statistics(codes, (4, 8, 5))
    assert statistics.entropy.tolist() == [2.0, 1.75, 0.0]
    assert statistics.perplexity.tolist() == pytest.approx([4.0, 2**1.75, 1.0])
    assert statistics.usage.tolist() == [1.0, 0.5, 0.2]
    assert count_codes(codes, (4, 8, 5)).tolist() == [
        [2, 2, 2, 2, 0, 0, 0, 0],
        [4, 2, 0, 0, 0, 1, 0, 1],
        [0, 0, 8, 0, 0, 0, 0, 0],
    ]


def test_cross_entropy_by_hand() -> None:
    """Of three codes 0, 0, 1 is known: 2.5, 1.5 and 0.5 of 4.5. Of two codes 1, 1, 1 is: 0.5 and 3.5 of 4."""
    train = torch.tensor([[0, 0, 1], [1, 1, 1]])
    test = torch.tensor([[0, 2], [0, 0]])
    expected = [-(math.log2(2.5 / 4.5) + math.log2(0.5 / 4.5)) / 2, 3.0]
    assert cross_entropy(test, train, (3, 2)).tolist() == pytest.approx(expected, rel=1e-12)


@settings(max_examples=40)
@given(alphabets, st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_prices_are_those_of_probabilities(alphabet: list[int], n: int, m: int, seed: int) -> None:
    """Each code priced alone, all of an alphabet share a probability of one; the mean price is that of the parts."""
    rng = np.random.default_rng(seed)
    train, test = draw(rng, alphabet, n), draw(rng, alphabet, m)
    for group, size in enumerate(alphabet):
        rows, sizes = train[group : group + 1], alphabet[group : group + 1]
        prices = [float(cross_entropy(torch.tensor([[code]]), rows, sizes)) for code in range(size)]
        assert sum(2**-price for price in prices) == pytest.approx(1, rel=1e-12)
        expected = np.mean([prices[code] for code in test[group].tolist()])
        assert float(cross_entropy(test, train, alphabet)[group]) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_refusals() -> None:
    good = torch.tensor([[0, 1]])
    for codes, alphabet in ((good.float(), (2,)), (good[0], (2,)), (good, (2, 2)), (good[:, :0], (2,))):
        with pytest.raises(ValueError, match="must be integers"):
            code_statistics(codes, alphabet)
    for codes, alphabet in ((good, (1,)), (-good, (2,)), (torch.tensor([[0], [1]]), (2, 1))):
        with pytest.raises(ValueError, match="inside their alphabets"):
            code_statistics(codes, alphabet)
    with pytest.raises(ValueError, match="inside their alphabets"):
        cross_entropy(good, good + 1, (2,))
