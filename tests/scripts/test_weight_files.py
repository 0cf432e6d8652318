"""Random networks, the law of growth, and the comparison with NNCodec, which a stand-in with its interface plays."""

import io
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from compressible.weights.state import write_state

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import benchmark
from benchmarks import nncodec_files, weight_files, weight_forms

Arrays = dict[str, np.ndarray]


@pytest.mark.parametrize(
    ("network", "millions"), zip(weight_files.NETWORKS, (0.464154, 2.5, 25), strict=True), ids=["0.46", "2.5", "25"]
)
def test_networks_have_the_size_of_their_name(network: weight_forms.Network, millions: float) -> None:
    """Three stages of ten 3 x 3 convolutions; the first of the next two stages has half as many inputs."""
    assert network.depth == 32
    w = network.width
    convolutions = 9 * (3 * w + 10 * w * w + (2 + 9 * 4) * w * w + (8 + 9 * 16) * w * w)
    weights = convolutions + 2 * (11 + 20 + 40) * w + 40 * w + 10
    assert weights == pytest.approx(1e6 * millions, rel=0.02)


def test_random_weights_have_the_shapes_of_a_resnet32_and_both_distributions() -> None:
    state = weight_forms.random_state(weight_files.NETWORKS[0])
    statistics = ("running_mean", "running_var", "num_batches_tracked")
    trained = [value for name, value in state.items() if not name.endswith(statistics)]
    assert sum(value.numel() for value in trained) == 464154
    large = [value for value in state.values() if value.numel() == 9 * 64 * 64]
    kurtosis = [float(scipy.stats.kurtosis(value.flatten().numpy(), fisher=False)) for value in large]
    assert {round(value / 3) for value in kurtosis} == {1, 2}, "3 of a Gaussian, 6 of a Laplacian"
    for value in large:
        assert 0.45 < float(value.std()) / (2 / (9 * 64)) ** 0.5 < 2.2
    assert len({round(float(value.std()), 4) for value in large}) > 5, "each layer has a scale of its own"


def test_what_is_compressed_is_decompressed() -> None:
    state = weight_forms.random_state(weight_forms.TINY)
    decoded = weight_forms.decompression(weight_forms.TINY)()
    assert decoded.keys() == state.keys()
    for name, value in state.items():
        if value.dim() < 2:
            assert torch.equal(decoded[name], value)
        else:
            assert float((decoded[name] - value).square().sum() / value.square().sum()) < 0.2
    assert weight_forms.compression(weight_forms.TINY)() == weight_forms.compress(state)


@given(st.floats(0, 3), st.floats(1e-9, 10), st.lists(st.integers(10, 10**9), min_size=2, max_size=5, unique=True))
def test_exponent_is_that_of_the_power_law(power: float, factor: float, sizes: list[int]) -> None:
    assume(max(sizes) > 2 * min(sizes))
    found = weight_files.exponent(sizes, [factor * size**power for size in sizes])
    assert found == pytest.approx(power, abs=1e-6)


def quantization_step(qp: int) -> float:
    """ISO/IEC 15938-17: four steps an octave."""
    return (4 + qp % 4) * 2.0 ** (qp // 4 - 2)


def fake_compress(
    parameter_dict: Arrays, bitstream_path: None, qp: int, row_skipping: bool, return_bitstream: bool
) -> bytearray:
    """As much of ``nncodec.nnc.compress`` as is called: a uniform grid for all that has two axes."""
    assert bitstream_path is None, "nothing is left in the working directory"
    assert row_skipping
    assert return_bitstream
    assert all(v.ndim and v.dtype == np.float32 for v in parameter_dict.values()), "no scalars and no integers"
    step = quantization_step(qp)
    buffer = io.BytesIO()
    np.savez(
        buffer, **{k: np.rint(v / step) * np.float32(step) if v.ndim > 1 else v for k, v in parameter_dict.items()}
    )
    return bytearray(buffer.getvalue())


def fake_decompress(bitstream: bytearray) -> Arrays:
    """The inverse; like the real one it takes bytes of this type only."""
    assert isinstance(bitstream, bytearray)
    return dict(np.load(io.BytesIO(bitstream)))


@pytest.fixture
def nncodec(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = SimpleNamespace(compress=fake_compress, decompress=fake_decompress)
    monkeypatch.setitem(sys.modules, "nncodec", SimpleNamespace())  # pyright: ignore[reportArgumentType]
    monkeypatch.setitem(sys.modules, "nncodec.nnc", stand_in)  # pyright: ignore[reportArgumentType]
    monkeypatch.setattr(metadata, "version", lambda name: {"nncodec": "2.1.3"}[name])


@pytest.fixture
def trained(tmp_path: Path) -> nncodec_files.NamedState:
    path = tmp_path / "trained.safetensors"
    state = weight_forms.random_state(weight_forms.TINY) | {"temperature": torch.tensor(2.0)}
    path.write_bytes(write_state(state, path))
    return nncodec_files.read_network(path)


@pytest.mark.usefixtures("nncodec")
def test_nncodec_is_measured_at_the_same_error(trained: nncodec_files.NamedState) -> None:
    version, compared = weight_files.beside_nncodec(trained, quick=True)
    assert version == "2.1.3"
    assert compared is not None
    assert compared.network == "trained.safetensors"
    assert compared.values == sum(values.size for values in trained.arrays.values())
    assert compared.ours.error == pytest.approx(compared.nncodec.error, rel=0.05)
    kernels = np.concatenate([values.ravel() for values in trained.arrays.values() if values.ndim > 1])
    qp = int(compared.nncodec.setting)
    uniform = quantization_step(qp) ** 2 / 12 / float(np.square(kernels).mean())
    assert compared.nncodec.error == pytest.approx(uniform, rel=0.1), "the error of a uniform grid of that step"
    ours = nncodec_files.error_at(nncodec_files.Ours(), trained.arrays, weight_forms.HOW.step)
    finer = nncodec_files.error_at(nncodec_files.NNCodec(sys.modules["nncodec.nnc"]), trained.arrays, qp - 1)
    assert finer < ours <= compared.nncodec.error, "the qp next to our own step"
    assert compared.ours.factor == pytest.approx(4 * compared.values / compared.ours.bytes)
    assert compared.nncodec.encode_seconds.repetitions == compared.ours.decode_seconds.repetitions == 2


def test_without_nncodec_the_report_says_so(trained: nncodec_files.NamedState, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    why, compared = weight_files.beside_nncodec(trained, quick=True)
    assert compared is None
    assert why.startswith("not measured: it cannot be imported (")


def test_a_network_without_weights_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    biases = tmp_path / "biases.safetensors"
    biases.write_bytes(write_state({"bias": torch.ones(5)}, biases))
    (tmp_path / "text.safetensors").write_text("no checkpoint")
    for name, why in {
        "biases.safetensors": "holds no matrices or kernels",
        "text.safetensors": "this is no checkpoint",
        "absent.safetensors": "No such file",
    }.items():
        with pytest.raises(SystemExit) as stopped:
            benchmark.main(["--quick", "--only", "weight_files", "--network", str(tmp_path / name)])
        assert stopped.value.code == 2
        message = capsys.readouterr().err
        assert why in message
        assert name in message
        assert "Traceback" not in message
