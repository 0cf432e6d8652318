from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from largest import Largest
from torch import Tensor

from compressible.quantizers import nearest_code as searched
from compressible.quantizers.nearest_code import nearest_code, pairwise_sum


def squared_distances(z: Tensor, codes: Tensor) -> np.ndarray:
    """All of them, (g, n, K), float64."""
    a, b = z.double().numpy(), codes.double().numpy()
    return ((a[:, :, None] - b[:, None]) ** 2).sum(-1)


def draw(seed: int, g: int, n: int, d: int, size: int, offset: float = 0.0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    z, codes = (torch.randn(g, count, d, generator=generator) + offset for count in (n, size))
    return z, codes


def crowded(n: int = 200) -> tuple[Tensor, Tensor]:
    """Vectors and codes so far from zero and so near one another that rounding in float32 is as large as distances."""
    generator = torch.Generator().manual_seed(11)
    center = 100 * torch.randn(64, generator=generator)
    z, codes = (center + 0.05 * torch.randn(1, count, 64, generator=generator) for count in (n, 300))
    return z, codes


sizes = {
    "seed": st.integers(0, 2**31),
    "g": st.integers(1, 4),
    "n": st.integers(0, 40),
    "d": st.integers(1, 9),
    "size": st.integers(1, 30),
    "chunk": st.sampled_from([1, 17, 100, 1 << 20]),
    "lanes": st.sampled_from([1, 3, 32]),
}


def nearest_in(chunk: int, lanes: int, z: Tensor, codes: Tensor) -> Tensor:
    """The nearest codes, found in chunks of that size and in blocks however few codes there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searched, "CHUNK_ELEMENTS", chunk)
        patch.setattr(searched, "FEWEST_IN_BLOCKS", 1)
        patch.setattr(searched, "LANES", lanes)
        return nearest_code(z, codes)


@settings(max_examples=60)
@given(**sizes, offset=st.sampled_from([0.0, 1.0, 300.0]))
def test_it_is_the_nearest_of_all(
    seed: int, g: int, n: int, d: int, size: int, chunk: int, lanes: int, offset: float
) -> None:
    """Compared in float64, to what float64 can tell."""
    z, codes = draw(seed, g, n, d, size, offset)
    symbols = nearest_in(chunk, lanes, z, codes)
    assert torch.equal(symbols, nearest_code(z, codes))
    apart = squared_distances(z, codes)
    chosen = np.take_along_axis(apart, symbols.numpy()[..., None], -1)[..., 0]
    assert symbols.shape == (g, n)
    np.testing.assert_array_less(chosen, apart.min(-1) + 1e-13 * (1 + offset) ** 2)


@settings(max_examples=60)
@given(**sizes, largest=st.sampled_from([1, 3, 50]))
def test_of_equal_ones_it_is_the_first(
    seed: int, g: int, n: int, d: int, size: int, chunk: int, lanes: int, largest: int
) -> None:
    """Small whole numbers have many distances that are equal, and all are exact."""
    generator = torch.Generator().manual_seed(seed)
    z, codes = (torch.randint(-largest, largest + 1, (g, count, d), generator=generator).float() for count in (n, size))
    symbols = nearest_in(chunk, lanes, z, codes)
    assert torch.equal(symbols, nearest_code(z, codes))
    assert np.array_equal(symbols.numpy(), squared_distances(z, codes).argmin(-1))


def test_float32_is_not_enough_to_tell() -> None:
    z, codes = crowded()
    expected = torch.from_numpy(squared_distances(z, codes).argmin(-1))
    product = (codes.square().sum(-1) / 2 - z @ codes.mT).argmin(-1)
    assert (product != expected).any(), "the data are as hard as they should be"
    assert torch.equal(nearest_code(z, codes), expected)


def test_a_vector_does_not_depend_on_its_neighbours() -> None:
    z, codes = crowded()
    together = nearest_code(z, codes)
    alone = torch.cat([nearest_code(z[:, i : i + 1], codes) for i in range(z.shape[1])], dim=1)
    assert torch.equal(alone, together)
    order = torch.randperm(z.shape[1], generator=torch.Generator().manual_seed(0))
    assert torch.equal(nearest_code(z[:, order], codes), together[:, order])
    for n in (2, 3, 5, 16, 31, 64, 127):
        assert torch.equal(nearest_code(z[:, :n], codes), together[:, :n])


def to_tf32(x: Tensor) -> Tensor:
    """The first 10 bits of the mantissa."""
    return (x.view(torch.int32) & -(1 << 13)).view(torch.float32)


def to_bfloat16(x: Tensor) -> Tensor:
    return x.bfloat16().float()


@pytest.mark.parametrize(("precision", "rounded"), [("high", to_tf32), ("medium", to_bfloat16)])
def test_matrix_products_of_rounded_factors_change_no_symbol(
    monkeypatch: pytest.MonkeyPatch, precision: str, rounded: Callable[[Tensor], Tensor]
) -> None:
    """As some processors take them at that setting, imitated here for all."""

    def product(bias: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
        return bias + alpha * (rounded(a) @ rounded(b))

    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: precision)
    monkeypatch.setattr(torch, "addmm", product)
    z, codes = draw(3, 2, 300, 64, 500, offset=10.0)
    expected = torch.from_numpy(squared_distances(z, codes).argmin(-1))
    misled = product(codes.square().sum(-1).div(2)[:, None], z, codes.mT, alpha=-1).argmin(-1)
    assert (misled != expected).any()
    assert torch.equal(nearest_code(z, codes), expected)


def test_vectors_beyond_the_square_root_of_the_largest_number() -> None:
    codes = torch.tensor([[[1.0, 0.0], [2.0, 0.0], [-1.0, 3.0], [0.0, 2.0]]])
    z = torch.tensor([[[1e30, 0.0], [-3.2e38, 0.0], [-3e38, 3e38], [0.0, torch.inf], [torch.nan, torch.nan]]])
    assert nearest_code(z, codes).tolist() == [[1, 2, 2, 2, 0]]
    assert nearest_code(z[:, :3], 1e10 * codes).tolist() == [[1, 2, 2]]
    assert nearest_code(z[:, :2], 1e38 * codes).tolist() == [[0, 2]], "z.c is beyond the largest number"


def test_vectors_whose_squares_vanish() -> None:
    codes = torch.tensor([[[2e-30], [1e-30], [-1e-30], [0.0]]])
    z = torch.tensor([[[1.4e-30], [1.6e-30], [-2e-30], [1e-31]]])
    assert nearest_code(z, codes).tolist() == [[1, 0, 2, 3]]


def test_codes_whose_squares_vanish_beside_large_vectors() -> None:
    """z.c decides alone, and no length of a code that float32 has lost may hide its rounding."""
    z, codes = draw(6, 1, 200, 64, 300)
    z, codes = 1e15 * z, 1e-26 * (1 + 1e-6 * codes)
    assert not codes.square().any()
    expected = (z.double() @ codes.double().mT).argmax(-1)
    assert ((z @ codes.mT).argmax(-1) != expected).any()
    assert torch.equal(nearest_code(z, codes), expected)


def test_vectors_whose_squares_lose_their_last_digits() -> None:
    z, codes = (1e-21 * tensor for tensor in draw(5, 1, 1000, 3, 30))
    assert np.array_equal(nearest_code(z, codes).numpy(), squared_distances(z, codes).argmin(-1))


def test_codes_that_are_no_numbers_do_no_harm() -> None:
    codes = torch.tensor([[[torch.nan], [5.0], [torch.inf]]])
    assert nearest_code(torch.tensor([[[1.0], [4.0]]]), codes).tolist() == [[0, 1]]


@pytest.mark.parametrize("equal", [False, True])
def test_distances_to_all_vectors_are_never_made(equal: bool) -> None:
    """Not even where all codes are equal, and every one may be the nearest."""
    n, d, size = 5000, 16, 1000
    z, codes = draw(4, 1, n, d, size)
    if equal:
        codes = codes[:, :1].expand_as(codes).contiguous()
        z = z[:, : n // 2]
    limit = searched.CHUNK_ELEMENTS
    assert z.shape[1] * size > 2 * limit
    with Largest() as largest:
        symbols = nearest_code(z, codes)
    assert limit / 4 < largest.elements <= (2 * limit if equal else limit), "pairs are two numbers"
    assert not (equal and symbols.any())


@given(st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=40))
def test_pairwise_sum_is_a_sum(values: list[int]) -> None:
    assert float(pairwise_sum(torch.tensor(values, dtype=torch.float64))) == sum(values)
    assert pairwise_sum(torch.zeros(3, 0, len(values))).shape == (3, 0)
