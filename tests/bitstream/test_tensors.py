import numpy as np
import pytest
import torch

from compressible.bitstream import BitstreamError
from compressible.bitstream.dtypes import DType
from compressible.bitstream.tensors import AliasTensor, PlainTensor, QuantizedTensor, SparseTensor

FLOATS = [dtype for dtype in DType if dtype.is_float]


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
        lambda: SparseTensor(name, DType.FLOAT32, 0, np.zeros(1, int), np.zeros(0, np.float32)),
        lambda: AliasTensor(name, "w"),
    ):
        with pytest.raises(BitstreamError, match="name"):
            make()


@pytest.mark.parametrize("shape", [(), (7,), (2, 0), (3, 2, 4)])
@pytest.mark.parametrize("dtype", DType)
def test_a_sparse_tensor_is_its_kept_values_among_zeros(dtype: DType, shape: tuple[int, ...]) -> None:
    """Whatever bits are kept, those of -0 and of every nan too."""
    rng = np.random.default_rng(0)
    symbols = np.asarray(rng.integers(0, 2, shape))
    size = dtype.storage.itemsize
    patterns = [bytes(size), b"\0" * (size - 1) + b"\x80", b"\xff" * size, b"\1" + b"\0" * (size - 1)]
    if dtype is DType.BOOL:
        patterns = [b"\0", b"\1"]
    own = [patterns[i % len(patterns)] for i in range(int(symbols.sum()))]
    tensor = SparseTensor("w", dtype, 0, symbols, np.frombuffer(b"".join(own), dtype.storage))
    rest = iter(own)
    expected = b"".join(next(rest) if symbol else bytes(size) for symbol in symbols.ravel().tolist())
    found = tensor.values()
    assert (tensor.shape, found.shape, found.dtype) == (shape, shape, dtype.storage)
    assert found.tobytes() == expected


@pytest.mark.parametrize(
    ("symbols", "kept", "message"),
    [
        (np.array([0, 2]), np.ones(1, np.float32), "0 and 1"),
        (np.array([0, -1]), np.ones(1, np.float32), "0 and 1"),
        (np.array([0.0, 1.0]), np.ones(1, np.float32), "0 and 1"),
        (np.array([False, True]), np.ones(1, np.float32), "0 and 1"),
        (np.array([0, 1]), np.ones(2, np.float32), "keeps 1 values"),
        (np.array([0, 1]), np.ones(0, np.float32), "keeps 1 values"),
        (np.array([0, 1]), np.ones((1, 1), np.float32), "keeps 1 values"),
        (np.array([0, 1]), np.ones(1), "values of float64"),
        (np.zeros((1,) * 33, int), np.ones(0, np.float32), "axes"),
    ],
)
def test_sparse_tensors_that_do_not_fit_are_refused(symbols: np.ndarray, kept: np.ndarray, message: str) -> None:
    with pytest.raises(BitstreamError, match=message):
        SparseTensor("w", DType.FLOAT32, 0, symbols, kept)
