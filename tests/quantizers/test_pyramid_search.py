import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyramid_reference import all_codewords

from compressible.quantizers import pyramid_search
from compressible.quantizers.pyramid_codewords import PyramidCodewords
from compressible.quantizers.pyramid_search import nearest_on_pyramid

SIZES = [(1, 5), (2, 3), (2, 17), (3, 3), (3, 8), (4, 2), (4, 4), (4, 8), (5, 4), (6, 3), (6, 6)]


def cosines(a: NDArray, b: NDArray) -> NDArray:
    return (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)


def samples(dimension: int, shape: str) -> NDArray:
    rng = np.random.default_rng(0)
    drawn = rng.standard_normal((1000, dimension)) if shape == "normal" else rng.laplace(size=(1000, dimension))
    return drawn.astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("shape", ["normal", "laplace"])
@pytest.mark.parametrize(("dimension", "pulses"), SIZES)
def test_nearly_always_the_best_of_all_codewords(dimension: int, pulses: int, shape: str) -> None:
    z = samples(dimension, shape)
    table = all_codewords(dimension, pulses).astype(np.float64)
    best = (z @ (table / np.linalg.norm(table, axis=1, keepdims=True)).T).max(1) / np.linalg.norm(z, axis=1)
    share = cosines(nearest_on_pyramid(torch.from_numpy(z), pulses).numpy(), z) / best
    assert share.max() < 1 + 1e-9
    assert (share > 1 - 1e-9).mean() > 0.985, "0.994 of the hardest case; of the search of CELT alone 0.955"
    assert share.min() > 0.975, "0.986 in the hardest case; of the search of CELT alone 0.960"


@given(st.data())
def test_pulses_add_up_and_lie_on_the_side_of_the_vector(data: st.DataObject) -> None:
    dimension, pulses = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 200))
    entries = st.floats(width=32, allow_nan=False, allow_infinity=False)
    z = data.draw(st.lists(st.lists(entries, min_size=dimension, max_size=dimension), min_size=1, max_size=5))
    y = nearest_on_pyramid(torch.tensor(z, dtype=torch.float64), pulses)
    assert y.dtype == torch.int64
    assert (y.abs().sum(-1) == pulses).all()
    some = torch.tensor([any(vector) for vector in z])
    assert (y.double() * torch.tensor(z, dtype=torch.float64))[some].ge(0).all()
    assert (y[~some] == pulses * torch.eye(1, dimension)).all()


@given(st.integers(2, 16), st.integers(1, 30), st.lists(st.integers(0, 2**62), min_size=1, max_size=8), st.data())
def test_a_codeword_finds_itself_at_any_length(
    dimension: int, pulses: int, numbers: list[int], data: st.DataObject
) -> None:
    codewords = PyramidCodewords(dimension, pulses)
    y = codewords.vectors(torch.tensor([number % codewords.count for number in numbers]))
    length = data.draw(st.floats(1e-30, 1e30))
    assert torch.equal(nearest_on_pyramid((length * y).float().double(), pulses), y)


def test_a_codeword_of_most_pulses_finds_itself() -> None:
    y = torch.tensor([[65536, 0, 0], [1, -65535, 0], [21845, 21846, -21845], [65535, 0, 1]])
    assert torch.equal(nearest_on_pyramid((y / 3).float().double(), 65536), y)


def test_by_hand() -> None:
    z = torch.tensor([[3.0, 4.0], [-1.0, 0.1], [0.0, 0.0], [0.0, -2.0]], dtype=torch.float64)
    assert nearest_on_pyramid(z, 7).tolist() == [[3, 4], [-6, 1], [7, 0], [0, -7]]
    assert nearest_on_pyramid(z, 1).tolist() == [[0, 1], [-1, 0], [1, 0], [0, -1]]


def test_large_batches_are_searched_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    z = torch.randn(3, 50, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    whole = nearest_on_pyramid(z, 9)
    monkeypatch.setattr(pyramid_search, "CHUNK_ELEMENTS", 40)
    assert torch.equal(nearest_on_pyramid(z, 9), whole)
