import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError
from compressible.bitstream.tensors import AliasTensor, DType, PlainTensor, QuantizedTensor

FLOATS = [dtype for dtype in DType if dtype.is_float]


def test_numbers_in_files_keep_their_meaning() -> None:
    names = ["BOOL", "UINT8", "INT8", "UINT16", "INT16", "UINT32", "INT32", "UINT64", "INT64"]
    names += ["FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"]
    assert {dtype.name: int(dtype) for dtype in DType} == {name: i for i, name in enumerate(names, 1)}
    assert [dtype.name for dtype in FLOATS] == names[9:]


@given(st.lists(st.floats(width=32), min_size=1, max_size=50), st.sampled_from(FLOATS))
def test_casts_agree_with_torch(values: list[float], dtype: DType) -> None:
    there = torch.tensor(values, dtype=torch.float32).to(getattr(torch, dtype.name.lower()))
    numbers = np.array(values, np.float32)
    cast = dtype.cast(numbers)
    assert cast.dtype == dtype.storage
    back = dtype.to_float32(cast)
    held = ~np.isnan(numbers)
    assert back[held].tobytes() == there.float().numpy()[held].tobytes()
    for number in numbers:
        assert dtype.holds(number) == bool(torch.isfinite(torch.tensor(number).to(there.dtype)))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("scales", [None, np.float32(0.1), np.float16(3), np.array([0.1, -7, 1e-3], np.float32)])
def test_values_are_products_in_float32_cast_once(dtype: DType, scales: np.ndarray | None) -> None:
    rng = np.random.default_rng(0)
    centers = rng.normal(size=9).astype(np.float32)
    symbols = rng.integers(0, 9, (3, 2, 5))
    given_scales = None if scales is None else np.asarray(scales)
    found = QuantizedTensor("w", dtype, 0, symbols, given_scales).values(centers)
    expected = []
    for i, j, k in np.ndindex(*symbols.shape):
        scale = 1.0 if scales is None else float(scales[i] if np.ndim(scales) else scales)
        # Exact in float64, then rounded once to float32.
        expected.append(np.float32(scale * float(centers[symbols[i, j, k]])))
    torch_values = torch.tensor(np.array(expected)).to(getattr(torch, dtype.name.lower()))
    assert found.shape == symbols.shape
    assert found.tobytes() == torch_values.contiguous().view(torch.uint8).numpy().tobytes()


@pytest.mark.parametrize("scales", [None, np.array(2, np.float16)])
def test_a_tensor_without_axes(scales: np.ndarray | None) -> None:
    found = QuantizedTensor("w", DType.FLOAT32, 0, np.array(1), scales).values(np.array([1, 3], np.float32))
    assert (found.shape, float(found)) == ((), 3.0 if scales is None else 6.0)


@pytest.mark.parametrize(
    "scales",
    [
        np.array([np.nan, 1], np.float32),
        np.array(np.inf, np.float16),
        np.ones(3, np.float32),
        np.ones((2, 1), np.float32),
        np.ones(2),
        np.ones(2, int),
    ],
)
def test_scales_that_do_not_fit_are_refused(scales: np.ndarray) -> None:
    with pytest.raises(BitstreamError, match="scale"):
        QuantizedTensor("w", DType.FLOAT32, 0, np.zeros((2, 4), int), scales)


def test_types_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BitstreamError, match="floating-point"):
        QuantizedTensor("w", DType.INT32, 0, np.zeros(2, int))
    with pytest.raises(BitstreamError, match="floating-point"):
        QuantizedTensor("w", DType.FLOAT32, 0, np.zeros(2))
    with pytest.raises(BitstreamError, match="values of float64"):
        PlainTensor("w", DType.FLOAT32, np.zeros(2))
    with pytest.raises(BitstreamError, match="0 and 1"):
        PlainTensor("w", DType.BOOL, np.array([0, 2], np.uint8).view(bool))
    with pytest.raises(BitstreamError, match="axes"):
        PlainTensor("w", DType.FLOAT32, np.zeros((1,) * 33, np.float32))


@pytest.mark.parametrize("name", ["x" * 1025, "ü" * 513, "\ud800"])
def test_names_that_are_too_long_or_no_text_are_refused(name: str) -> None:
    for make in (
        lambda: PlainTensor(name, DType.FLOAT32, np.zeros(1, np.float32)),
        lambda: QuantizedTensor(name, DType.FLOAT32, 0, np.zeros(1, int)),
        lambda: AliasTensor(name, "w"),
    ):
        with pytest.raises(BitstreamError, match="name"):
            make()
