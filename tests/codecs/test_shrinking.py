from math import isclose, log2, prod

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream.tensors import PlainTensor, QuantizedTensor
from compressible.codecs.shrinking import Kernel, measure_kernels, shrink, steps
from compressible.models import CompressiveAutoencoder
from compressible.weights.grid import quantize_on_grid
from compressible.weights.one_shot import COARSEST
from compressible.weights.state import tensors_of
from tiny_model import noise, tiny_model

SMOOTH = 0.3


def tame_model() -> CompressiveAutoencoder:
    """Weaker than ``tiny_model``, whose pictures are mostly beyond black and white."""
    network, _ = tiny_model()
    with torch.no_grad():
        for parameter in network.decoder.parameters():
            parameter.mul_(SMOOTH)
    return network


def squared_error(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(((one.clamp(0, 1) - other.clamp(0, 1)) ** 2).mean())


@pytest.mark.parametrize("name", ["encoder.0.weight", "decoder.0.weight", "encoder.1.branch.1.weight"])
@torch.no_grad()
def test_a_slope_foretells_the_error_of_another_step(name: str) -> None:
    """Against the network really so quantized, picture by picture, without any quantization of features."""
    network = tame_model()
    pictures = [noise(64, 48), noise(50, 71, seed=1)]
    batches = [
        torch.from_numpy(picture[: h // 8 * 8, : w // 8 * 8].copy()).permute(2, 0, 1)[None] / 255
        for picture, (h, w) in ((picture, picture.shape[:2]) for picture in pictures)
    ]
    kernel = measure_kernels(network, pictures)[name]
    weights = network.get_parameter(name)
    assert kernel.size == prod(weights.shape)
    assert kernel.scale == pytest.approx(float(weights.pow(2).mean().sqrt()), rel=1e-5)

    own = [squared_error(network.reconstruct(network.symbols(x), tuple(x.shape)), x) for x in batches]
    before = [network.decode(network.encode(x)) for x in batches]
    step = 0.05 * kernel.scale
    weights.copy_(torch.from_numpy(quantize_on_grid(weights.numpy(), step)) * step)
    after = [network.decode(network.encode(x)) for x in batches]
    found = np.mean([squared_error(a, b) / error for a, b, error in zip(after, before, own, strict=True)])
    assert found == pytest.approx(kernel.slope * step**2, rel=0.35)


def test_only_large_kernels_are_measured_and_nothing_changes() -> None:
    network = tame_model()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    network.bottleneck.bypass = False
    kernels = measure_kernels(network, [noise(32, 32)])
    large = {name for name, p in network.named_parameters() if p.dim() == 4 and p.numel() >= 256}
    assert kernels.keys() == large
    assert network.bottleneck.bypass is False
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


kernels_of = st.lists(
    st.builds(Kernel, st.integers(256, 10**6), st.just(1.0), st.floats(0.1, 100)), min_size=2, max_size=6
)


@given(kernels_of, st.integers(0, 5), st.floats(0.5, 0.99))
def test_no_other_steps_save_more_bits_for_the_same_error(kernels: list[Kernel], which: int, factor: float) -> None:
    """One kernel gets a finer step, and all others in common the coarser one that its error leaves room for."""
    tolerance = 1e-3
    best = list(steps({str(i): kernel for i, kernel in enumerate(kernels)}, tolerance).values())
    errors = [kernel.slope * step**2 for kernel, step in zip(kernels, best, strict=True)]
    assert isclose(sum(errors), tolerance, rel_tol=1e-9)
    moved = which % len(kernels)
    left = (tolerance - factor**2 * errors[moved]) / (tolerance - errors[moved])
    saved = sum(kernel.size * (log2(factor) if i == moved else log2(left) / 2) for i, kernel in enumerate(kernels))
    assert saved < 1e-9


def test_a_kernel_that_hardly_matters_is_not_lost() -> None:
    found = steps({"a": Kernel(1000, 0.5, 0.0), "b": Kernel(1000, 0.5, 1e-9), "c": Kernel(1000, 0.5, 1.0)}, 0.02)
    assert found["a"] == found["b"] == COARSEST * 0.5
    assert found["c"] == pytest.approx((0.02 / 3) ** 0.5)


def test_tensors_are_shrunk_under_their_names_in_the_file() -> None:
    network = tame_model()
    state = {f"model.{key}": value for key, value in network.state_dict().items()}
    state["tables.0"] = torch.ones(20, 20, dtype=torch.int32)
    kernels = measure_kernels(network, [noise(32, 32)])
    for tensor in shrink(tensors_of(state), kernels, 0.01).tensors:
        form = QuantizedTensor if tensor.name.removeprefix("model.") in kernels else PlainTensor
        assert type(tensor) is form, tensor.name
