"""What every quantizer promises, held against each one that ``configs/quantizer/`` offers."""

import copy
import io
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf
from torch import Tensor

from compressible.instantiate import instantiate
from compressible.quantizers import Quantized, Quantizer
from compressible.resources import config_folder

NODES: dict[str, Any] = {
    path.stem: OmegaConf.to_container(OmegaConf.load(path), resolve=True)
    for path in sorted((config_folder() / "quantizer").glob("*.yaml"))
}
NESTED = {
    "residual of soft_to_hard": {**NODES["residual"], "stages": 2, "quantizer": NODES["soft_to_hard_scalar"]},
    "product of soft_to_hard": {**NODES["product"], "quantizer": NODES["soft_to_hard_scalar"]},
    "product of residual": {**NODES["product"], "quantizer": {**NODES["residual"], "stages": 2}},
}
ALL = NODES | NESTED
NOT_FOR = {("depthwise", 1)}
"""Quantizers and dimensions that do not go together: a scalar has no slices to be projected to."""
NOT_DECODED_TO_THEMSELVES = {"residual", "residual of soft_to_hard", "product of residual", "additive", "depthwise"}
"""A sum of codes may be nearer to other codes than those it is made of, and projections lead to other coordinates."""
GROUPS = 3
GROUPS_OF = {"perceptual": 3 * 64}
"""Of quantizers that have a setting for each group."""
UNIT_OF = {"perceptual": 64.0}
"""Size of their values, where it is not about 1."""
VECTORS = 40

Make = Callable[..., Quantizer]


@pytest.fixture(params=ALL)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def make(name: str) -> Make:
    return instantiate(ALL[name])


@pytest.fixture
def groups(name: str) -> int:
    return GROUPS_OF.get(name, GROUPS)


@pytest.fixture
def unit(name: str) -> float:
    return UNIT_OF.get(name, 1.0)


@pytest.fixture(params=[1, 4], ids=lambda d: f"d{d}")
def dimension(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture
def quantizer(name: str, make: Make, groups: int, dimension: int) -> Quantizer:
    if (name, dimension) in NOT_FOR:
        pytest.skip(f"{name} refuses dimension {dimension}")
    torch.manual_seed(1)
    return make(groups=groups, dimension=dimension)


@pytest.fixture
def z(groups: int, unit: float, dimension: int) -> Tensor:
    return 3 * unit * torch.randn(groups, VECTORS, dimension, generator=torch.Generator().manual_seed(2))


def objective(out: Quantized) -> Tensor:
    """A scalar that looks at everything differentiable."""
    weight = torch.Generator().manual_seed(3)
    total = (out.z_hat * torch.randn(out.z_hat.shape, generator=weight)).sum()
    if out.soft_histogram is not None:
        total = total + (out.soft_histogram * torch.randn(out.soft_histogram.shape, generator=weight)).sum()
    return total if out.loss is None else total + out.loss


def test_there_are_quantizers_to_test() -> None:
    assert NODES.keys() >= {"identity", "scalar", "soft_to_hard"}


@pytest.mark.parametrize("training", [True, False])
def test_shapes_and_types(quantizer: Quantizer, z: Tensor, training: bool) -> None:
    out = quantizer.train(training)(z)
    assert out.z_hat.shape == z.shape
    assert out.z_hat.dtype == torch.float32
    assert out.alphabet == quantizer.alphabet
    assert all(type(size) is int and size >= 1 for size in out.alphabet)
    assert out.symbols.dtype == torch.int64
    assert out.symbols.shape == (len(out.alphabet), VECTORS, *quantizer.symbol_shape)
    assert not out.symbols.requires_grad
    if out.soft_histogram is not None:
        assert out.soft_histogram.shape == (len(out.alphabet), max(out.alphabet))
    if out.loss is not None:
        assert out.loss.shape == ()


@pytest.mark.parametrize("training", [True, False])
def test_symbols_lie_in_the_alphabet(quantizer: Quantizer, z: Tensor, training: bool) -> None:
    symbols = quantizer.train(training)(z).symbols.flatten(1)
    assert (symbols >= 0).all()
    assert (symbols < torch.tensor(quantizer.alphabet)[:, None]).all()


def test_evaluation_goes_on_with_exactly_what_the_symbols_decode_to(quantizer: Quantizer, z: Tensor) -> None:
    out = quantizer.eval()(z)
    assert torch.equal(out.symbols, quantizer.symbols(z))
    assert torch.equal(out.z_hat, quantizer.dequantize(quantizer.symbols(z)))


def test_decoded_values_get_their_own_symbols_again(name: str, quantizer: Quantizer, z: Tensor) -> None:
    if name in NOT_DECODED_TO_THEMSELVES:
        pytest.skip("its decoded values have other symbols")
    quantizer.eval()
    symbols = quantizer.symbols(z)
    assert torch.equal(quantizer.symbols(quantizer.dequantize(symbols)), symbols)


def test_a_vector_does_not_depend_on_its_neighbours(quantizer: Quantizer, z: Tensor) -> None:
    quantizer.eval()
    together = quantizer(z)
    alone = [quantizer(z[:, i : i + 1]) for i in range(VECTORS)]
    assert torch.equal(torch.cat([out.symbols for out in alone], dim=1), together.symbols)
    assert torch.equal(torch.cat([out.z_hat for out in alone], dim=1), together.z_hat)

    order = torch.randperm(VECTORS, generator=torch.Generator().manual_seed(4))
    assert torch.equal(quantizer.symbols(z[:, order]), together.symbols[:, order])

    among_giants = torch.cat([z, torch.full_like(z[:, :5], 1e4)], dim=1)
    assert torch.equal(quantizer.symbols(among_giants)[:, :VECTORS], together.symbols)


def test_evaluation_changes_nothing(quantizer: Quantizer, z: Tensor) -> None:
    before = {key: value.clone() for key, value in quantizer.state_dict().items()}
    quantizer.eval()
    first = quantizer(z)
    quantizer(7 * z + 1)
    assert torch.equal(quantizer(z).z_hat, first.z_hat)
    assert all(torch.equal(value, before[key]) for key, value in quantizer.state_dict().items())


def test_gradients_reach_the_input_and_all_parameters(quantizer: Quantizer, z: Tensor) -> None:
    z = z.clone().requires_grad_()
    objective(quantizer.train()(z)).backward()
    tensors = {"z": z, **dict(quantizer.named_parameters())}
    for name, tensor in tensors.items():
        assert tensor.grad is not None, name
        assert tensor.grad.isfinite().all(), name
        assert tensor.grad.abs().max() > 0, name


def test_state_round_trip(make: Make, groups: int, dimension: int, quantizer: Quantizer, z: Tensor) -> None:
    quantizer.train()(z)
    quantizer.initialise(z)
    file = io.BytesIO()
    torch.save(quantizer.state_dict(), file)
    file.seek(0)
    torch.manual_seed(99)
    other = make(groups=groups, dimension=dimension)
    other.load_state_dict(torch.load(file, weights_only=True))
    symbols = quantizer.eval().symbols(z)
    assert torch.equal(other.eval().symbols(z), symbols)
    assert torch.equal(other.dequantize(symbols), quantizer.dequantize(symbols))


def test_initialisation_keeps_the_promises(quantizer: Quantizer, z: Tensor) -> None:
    quantizer.initialise(z)
    assert 0 < quantizer.hardness < math.inf
    out = quantizer.eval()(z)
    assert out.z_hat.isfinite().all()
    assert torch.equal(out.z_hat, quantizer.dequantize(quantizer.symbols(z)))


def test_symbols_outside_the_alphabet_are_refused(quantizer: Quantizer, z: Tensor) -> None:
    symbols = quantizer.symbols(z)
    for group, size in enumerate(quantizer.alphabet):
        for wrong in (-1, size, 2**40):
            bad = symbols.clone()
            bad[group].view(-1)[-1] = wrong
            with pytest.raises(ValueError, match="symbols must"):
                quantizer.dequantize(bad)


@pytest.mark.parametrize("training", [True, False])
def test_autocast_changes_no_symbol(quantizer: Quantizer, z: Tensor, unit: float, training: bool) -> None:
    """Symbols are told apart in float32 even where the network around them computes in bfloat16."""
    quantizer.train(training)
    many = 3 * unit * torch.randn(len(z), 500, z.shape[-1], generator=torch.Generator().manual_seed(5))
    expected = quantizer.symbols(many)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(quantizer.symbols(many), expected)
        assert torch.equal(quantizer(many).symbols, expected)


def test_autocast_changes_no_gradient(quantizer: Quantizer, z: Tensor) -> None:
    gradients = []
    for autocast in (False, True):
        leaf = z.clone().requires_grad_()
        torch.manual_seed(6)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            # A copy: what a quantizer learns from the first pass is no business of the second.
            objective(copy.deepcopy(quantizer).train()(leaf)).backward()
        assert leaf.grad is not None
        gradients.append(leaf.grad)
    torch.testing.assert_close(gradients[1], gradients[0], rtol=1e-4, atol=1e-5)


def test_bfloat16_input_is_treated_as_its_values(quantizer: Quantizer, z: Tensor) -> None:
    short = z.bfloat16()
    symbols = quantizer.eval().symbols(short.float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = quantizer(short)
        assert torch.equal(quantizer.symbols(short), symbols)
    assert torch.equal(out.symbols, symbols)
    assert torch.equal(out.z_hat.float(), quantizer.dequantize(symbols))

    leaf = short.clone().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = quantizer.train()(leaf)
        loss = objective(out)
    loss.backward()
    assert torch.equal(out.symbols, symbols)
    for tensor in (leaf, *quantizer.parameters()):
        assert tensor.grad is not None
        assert tensor.grad.isfinite().all()


@pytest.mark.parametrize("hardness", [1e-3, 1.0, 1e3])
def test_soft_histogram_is_a_distribution_over_each_groups_alphabet(
    quantizer: Quantizer, z: Tensor, hardness: float
) -> None:
    quantizer.hardness = hardness
    q = quantizer.train()(z).soft_histogram
    if q is None:
        return
    assert (q >= 0).all()
    torch.testing.assert_close(q.sum(1), torch.ones(len(q)))
    assert all((row[size:] == 0).all() for row, size in zip(q, quantizer.alphabet, strict=True))


@pytest.mark.parametrize("training", [True, False])
def test_no_vectors_are_no_problem(quantizer: Quantizer, groups: int, dimension: int, training: bool) -> None:
    empty = torch.zeros(groups, 0, dimension, requires_grad=True)
    out = quantizer.train(training)(empty)
    assert out.z_hat.shape == empty.shape
    assert out.symbols.shape[:2] == (len(quantizer.alphabet), 0)
    assert quantizer.dequantize(quantizer.symbols(empty)).shape == empty.shape


@pytest.mark.parametrize("value", [1e30, -1e30, 3e38, -3e38, math.inf, -math.inf, math.nan])
def test_extreme_values_get_a_symbol_of_the_alphabet(
    quantizer: Quantizer, z: Tensor, dimension: int, value: float
) -> None:
    quantizer.eval()
    mixed = z.clone()
    mixed[:, ::2] = value
    symbols = quantizer.symbols(mixed)
    flat = symbols.flatten(1)
    assert (flat >= 0).all()
    assert (flat < torch.tensor(quantizer.alphabet)[:, None]).all()
    assert torch.equal(symbols[:, 1::2], quantizer.symbols(z)[:, 1::2]), "and their neighbours keep theirs"
    decoded = quantizer.dequantize(symbols)
    out = quantizer(mixed)
    assert torch.equal(out.z_hat.view(torch.int32), decoded.view(torch.int32)), "bit for bit, NaN included"
