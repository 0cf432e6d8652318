import math
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from compressible.bitstream.codebooks import UniformGrid
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.tensors import AliasTensor, PlainTensor, QuantizedTensor, Tensor
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.weights.one_shot import OneShot, compress_tensors


def plain(name: str, values: np.ndarray, dtype: DType = DType.FLOAT32) -> PlainTensor:
    return PlainTensor(name, dtype, dtype.cast(values.astype(np.float32)) if dtype.is_float else values)


def gauss(shape: tuple[int, ...], scale: float = 1.0, seed: int = 0) -> np.ndarray:
    return scale * np.random.default_rng(seed).normal(size=shape)


def forms(tensors: tuple[Tensor, ...]) -> dict[str, type]:
    return {tensor.name: type(tensor) for tensor in tensors}


def test_matrices_and_kernels_are_quantized_and_all_else_is_kept() -> None:
    holed = gauss((20, 20))
    holed[3, 4] = np.nan
    far = gauss((20, 20))
    far[0, 0] = 1e9
    tensors = (
        plain("matrix", gauss((16, 16))),
        plain("kernel", gauss((4, 8, 3, 3))),
        plain("half", gauss((16, 16)), DType.FLOAT16),
        plain("brain", gauss((16, 16)), DType.BFLOAT16),
        plain("double", gauss((16, 16)), DType.FLOAT64),
        AliasTensor("tied", "matrix"),
        plain("small", gauss((15, 17))),
        plain("vector", gauss((5000,))),
        plain("integers", np.arange(400).reshape(20, 20), DType.INT64),
        plain("zeros", np.zeros((20, 20))),
        plain("holed", holed),
        plain("far", far),
        plain("empty", np.zeros((0, 300))),
        plain("one", np.array(1.0)),
    )
    file = compress_tensors(tensors, OneShot())
    quantized = {"matrix", "kernel", "half", "brain", "double"}
    assert {name for name, form in forms(file.tensors).items() if form is QuantizedTensor} == quantized
    for before, after in zip(tensors, file.tensors, strict=True):
        assert before.name == after.name
        if before.name not in quantized:
            assert after is before
        elif isinstance(before, PlainTensor) and isinstance(after, QuantizedTensor):
            assert (after.dtype, after.shape) == (before.dtype, before.shape)


@pytest.mark.parametrize(
    ("dtype", "largest"), [(DType.FLOAT16, 6.5e4), (DType.FLOAT32, 3.4e38), (DType.BFLOAT16, 3.3e38)]
)
def test_what_would_be_rounded_beyond_its_type_is_kept(dtype: DType, largest: float) -> None:
    """On a grid of 0.7 the largest values are 1.43 steps, and at 0.6 they are 1.67, rounded up beyond the type."""
    values = np.full((20, 20), largest)
    kept, rounded = plain("w", values, dtype), plain("w", values, dtype)
    assert forms(compress_tensors((rounded,), OneShot(step=0.7)).tensors) == {"w": QuantizedTensor}
    assert compress_tensors((kept,), OneShot(step=0.6)).tensors == (kept,)


def test_a_type_does_not_suffer_from_another_that_reaches_further() -> None:
    """Alone they would share a stream, whose grid goes to 9e4."""
    wide = np.tile([1.0, -1.0, 6e4, 9e4], 64).reshape(16, 16)
    narrow = np.tile([1.0, -1.0, 4.5e4, 4.5e4], 64).reshape(16, 16)
    assert len(compress_tensors((plain("wide", wide), plain("narrow", narrow)), OneShot()).streams) == 1
    file = compress_tensors((plain("wide", wide), plain("narrow", narrow, DType.FLOAT16)), OneShot())
    assert set(forms(file.tensors).values()) == {QuantizedTensor}
    assert len(decode_weights(encode_weights(file)).arrays()) == 2


def test_no_tensors_make_an_empty_file() -> None:
    assert compress_tensors((), OneShot()).tensors == ()


def test_the_step_is_in_typical_sizes_of_a_weight() -> None:
    """600 weights of 1 and 300 of 8: their geometric mean is 2, so a step of 0.5 is a grid of 1."""
    signs = np.random.default_rng(0).choice([-1, 1], 900)
    tensors = (plain("a", signs[:600].reshape(20, 30)), plain("b", 8 * signs[600:].reshape(10, 30)))
    file = compress_tensors(tensors, OneShot(step=0.5))
    for before, after in zip(tensors, file.tensors, strict=True):
        np.testing.assert_allclose(file.values(after), before.values, rtol=1e-6)
    (step,) = {stream.codebook.step for stream in file.streams if isinstance(stream.codebook, UniformGrid)}
    assert step == pytest.approx(1.0)


def test_errors_are_as_large_as_the_step_says() -> None:
    weights = gauss((200, 200))
    for step in (0.1, 0.4):
        file = compress_tensors((plain("w", weights),), OneShot(step=step))
        error = file.arrays()["w"] - weights
        rms = math.sqrt((weights**2).mean())
        assert np.abs(error).max() < 0.75 * step * rms
        assert math.sqrt((error**2).mean()) == pytest.approx(step * rms / math.sqrt(12), rel=0.02)


def test_a_gaussian_matrix_takes_its_entropy() -> None:
    """On a fine grid: the differential entropy of a Gaussian less the logarithm of the step."""
    step = 0.25
    data = encode_weights(compress_tensors((plain("w", gauss((400, 500))),), OneShot(step=step)))
    bits = math.log2(math.sqrt(2 * math.pi * math.e)) - math.log2(step)
    assert 8 * len(data) / 200_000 == pytest.approx(bits, rel=0.01)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_scale_does_not_matter(factor: float) -> None:
    weights = (gauss((20, 30)), gauss((4, 8, 3, 3), 0.2, seed=1))
    one, other = (
        compress_tensors((plain("a", f * weights[0]), plain("b", f * weights[1])), OneShot()) for f in (1, factor)
    )
    for a, b in zip(one.tensors, other.tensors, strict=True):
        assert isinstance(a, QuantizedTensor)
        assert isinstance(b, QuantizedTensor)
        assert (a.symbols != b.symbols).mean() < 0.01


def test_a_tensor_far_smaller_than_the_others_does_not_vanish() -> None:
    weights = gauss((30, 30), 1e-4, seed=1)
    file = compress_tensors((plain("large", gauss((100, 100))), plain("small", weights)), OneShot())
    found = file.arrays()["small"]
    assert np.corrcoef(found.ravel(), weights.ravel())[0, 1] > 0.8


def test_tensors_alike_share_a_stream_and_others_do_not() -> None:
    tensors = [plain(f"w{i}", gauss((60, 60), 1 if i < 6 else 20, seed=i)) for i in range(8)]
    file = compress_tensors(tensors, OneShot())
    streams = [tensor.stream for tensor in file.tensors if isinstance(tensor, QuantizedTensor)]
    assert len(file.streams) == 2
    assert len(set(streams[:6])) == len(set(streams[6:])) == 1


@pytest.mark.parametrize("coder", CoderKind)
def test_what_is_decoded_is_what_was_quantized(coder: CoderKind) -> None:
    tensors = (plain("a", gauss((50, 60))), plain("b", gauss((8, 8, 3, 3), 3), DType.BFLOAT16), AliasTensor("c", "a"))
    file = compress_tensors(tensors, OneShot(coder=coder))
    assert {stream.coder for stream in file.streams} == {coder}
    found = decode_weights(encode_weights(file)).arrays()
    for name, values in file.arrays().items():
        assert found[name].tobytes() == values.tobytes()


def test_mantissas_are_rounded_only_where_it_is_asked_for() -> None:
    values = gauss((300,))
    tensors = (plain("bias", values), plain("steps", np.arange(3), DType.INT64), plain("w", gauss((20, 20))))
    kept = compress_tensors(tensors, OneShot()).arrays()["bias"]
    assert kept.tobytes() == values.astype(np.float32).tobytes()
    rounded = compress_tensors(tensors, OneShot(mantissa=7))
    error = np.abs(rounded.arrays()["bias"] / kept - 1)
    assert 2**-10 < error.max() <= 2**-8
    assert rounded.arrays()["steps"].tolist() == [0, 1, 2]
    assert len(encode_weights(rounded)) < len(encode_weights(compress_tensors(tensors, OneShot()))) - 400


def test_progress_passes_all_that_is_quantized() -> None:
    seen: list[str] = []

    def track(tensors: Sequence[PlainTensor]) -> Iterator[PlainTensor]:
        for tensor in tensors:
            seen.append(tensor.name)
            yield tensor

    compress_tensors(
        (plain("a", gauss((20, 20))), plain("b", gauss((3,))), plain("c", gauss((20, 20)))), OneShot(), track
    )
    assert seen == ["a", "c"]


@pytest.mark.parametrize(
    "wrong", [{"step": 0.0}, {"step": -1.0}, {"step": math.nan}, {"step": math.inf}, {"mantissa": -1}]
)
def test_settings_that_mean_nothing_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"step|mantissa"):
        OneShot(**wrong)
