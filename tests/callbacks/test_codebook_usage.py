import pytest
import scipy.stats
import torch

from compressible.callbacks.codebook_usage import entropies


def test_entropies_agree_with_scipy() -> None:
    counts = torch.tensor([[5, 1, 0, 2], [1, 1, 1, 1], [9, 0, 0, 0]])
    expected = [scipy.stats.entropy(row.numpy(), base=2) for row in counts]
    assert entropies(counts).tolist() == pytest.approx(expected)
