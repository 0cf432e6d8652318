import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.fft import dctn

from compressible.models import BlockDct

SIZES = st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 9))


def planes(b: int, c: int, rows: int, columns: int, size: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(size)
    return torch.randn(b, c, rows * size, columns * size, generator=generator)


@given(SIZES)
def test_each_block_against_scipy(shape: tuple[int, int, int, int, int]) -> None:
    b, c, rows, columns, size = shape
    x = planes(*shape)
    z = BlockDct(size)(x)
    assert z.shape == (b, c * size * size, rows, columns)
    for image, found in zip(x, z, strict=True):
        for i in range(rows):
            for j in range(columns):
                block = image[:, i * size : (i + 1) * size, j * size : (j + 1) * size]
                expected = dctn(block.double().numpy(), type=2, norm="ortho", axes=(1, 2))
                torch.testing.assert_close(
                    found[:, i, j].double(), torch.from_numpy(expected).flatten(), atol=1e-5, rtol=1e-5
                )


@given(SIZES)
def test_the_inverse_gives_back_what_was_there(shape: tuple[int, int, int, int, int]) -> None:
    transform, x = BlockDct(shape[-1]), planes(*shape)
    torch.testing.assert_close(transform.inverse(transform(x)), x, atol=1e-5, rtol=1e-5)


def test_a_block_has_a_side() -> None:
    with pytest.raises(ValueError, match="size"):
        BlockDct(0)
