import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from largest import Largest
from torch import Tensor

from compressible.quantizers import SoftToHard, banded_assignment
from compressible.quantizers.banded_assignment import banded_soft_assign, mean_largest_assignment
from compressible.quantizers.soft_assignment import CHUNK_ELEMENTS, Distance, SoftAssignment, soft_assign

DISTANCES: tuple[Distance, ...] = ("squared", "euclidean")
KINDS = ("normal", "duplicates", "clusters", "outliers")


def softmax_over_all(z: Tensor, centers: Tensor, sigma: float, distance: Distance) -> tuple[Tensor, Tensor]:
    """Eq. (7) over all centers: soft values and soft histogram."""
    apart = z - centers.mT
    phi = torch.softmax(-sigma * (apart.square() if distance == "squared" else apart.abs()), -1)
    return phi @ centers, phi.mean(1)


def draw(kind: str, seed: int, g: int, n: int, size: int, shared: bool) -> tuple[Tensor, Tensor]:
    """Scalars (g, n, 1) and unsorted centers (1 | g, size, 1), float64."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(g, n, 1, generator=generator, dtype=torch.float64)
    centers = torch.randn(1 if shared else g, size, 1, generator=generator, dtype=torch.float64)
    if kind == "duplicates":
        centers = (2 * centers).round() / 2
    elif kind == "clusters":
        centers = (2 * centers).round() + 0.01 * torch.randn(centers.shape, generator=generator, dtype=torch.float64)
    elif kind == "outliers":
        z[:, ::5] *= 20
        centers[:, ::7] *= 5
    return z, centers


def gradients(
    result: SoftAssignment | tuple[Tensor, Tensor], seed: int, inputs: tuple[Tensor, Tensor]
) -> tuple[Tensor, ...]:
    """Of a random weighting of soft values and soft histogram."""
    generator = torch.Generator().manual_seed(seed)
    to_soft, to_q = (torch.randn(t.shape, generator=generator, dtype=torch.float64) for t in result[:2])
    return torch.autograd.grad((result[0] * to_soft).sum() + (result[1] * to_q).sum(), inputs)


sizes = {
    "kind": st.sampled_from(KINDS),
    "seed": st.integers(0, 2**31),
    "g": st.integers(1, 3),
    "n": st.integers(1, 60),
    "size": st.integers(1, 40),
    "shared": st.booleans(),
    "distance": st.sampled_from(DISTANCES),
    # Small inputs would else all be one chunk with a full band.
    "chunk": st.sampled_from([1, 200, CHUNK_ELEMENTS]),
    "cost": st.sampled_from([0, 20, banded_assignment.CHUNK_COST]),
}


@settings(max_examples=150)
@given(**sizes, log_sigma=st.floats(-6, 9))
def test_equals_the_softmax_over_all_centers(
    kind: str,
    seed: int,
    g: int,
    n: int,
    size: int,
    shared: bool,
    distance: Distance,
    chunk: int,
    cost: int,
    log_sigma: float,
) -> None:
    z, centers = draw(kind, seed, g, n, size, shared)
    sigma = 10**log_sigma
    inputs = z.requires_grad_(), centers.requires_grad_()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(banded_assignment, "CHUNK_ELEMENTS", chunk)
        patch.setattr(banded_assignment, "CHUNK_COST", cost)
        ours = banded_soft_assign(*inputs, sigma, distance)
        our_gradients = gradients(ours, seed, inputs)
    reference = softmax_over_all(*inputs, sigma, distance)
    # Exponents carry the rounding of a far value's distances, of a few hundred at most.
    rounding = 1e-12 + 1e-14 * sigma * float((z - centers.mT).detach().abs().amin(-1).max()) ** 2
    torch.testing.assert_close(ours.z_soft, reference[0], rtol=0, atol=10 * rounding)
    torch.testing.assert_close(ours.soft_histogram, reference[1], rtol=0, atol=rounding)
    # The lowest of equally near centers, as for NumPy: equal centers give equal differences.
    expected = np.abs((z - centers.mT).detach().numpy()).argmin(-1)
    assert np.array_equal(ours.symbols.numpy(), expected)
    for own, other in zip(our_gradients, gradients(reference, seed, inputs), strict=True):
        torch.testing.assert_close(own, other, rtol=1e-9, atol=rounding * (100 + 100 * sigma))


@settings(max_examples=60)
@given(**sizes, log_sigma=st.floats(-3, 3))
def test_single_precision_equals_the_double_precision_softmax_and_the_plain_form(
    kind: str,
    seed: int,
    g: int,
    n: int,
    size: int,
    shared: bool,
    distance: Distance,
    chunk: int,
    cost: int,
    log_sigma: float,
) -> None:
    z, centers = (t.float() for t in draw(kind, seed, g, n, size, shared))
    sigma = 10**log_sigma
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(banded_assignment, "CHUNK_ELEMENTS", chunk)
        patch.setattr(banded_assignment, "CHUNK_COST", cost)
        ours = banded_soft_assign(z, centers, sigma, distance)
    soft, q = softmax_over_all(z.double(), centers.double(), sigma, distance)
    alone = float((z - centers.mT).abs().amin(-1).max())
    rounding = 1e-5 + 5e-7 * sigma * max(alone, alone**2)
    torch.testing.assert_close(ours.z_soft.double(), soft, rtol=0, atol=10 * rounding)
    torch.testing.assert_close(ours.soft_histogram.double(), q, rtol=0, atol=rounding)
    if sigma <= 1 and kind != "outliers" and distance == "squared":
        plain = soft_assign(z, centers, sigma, distance)
        torch.testing.assert_close(ours.z_soft, plain.z_soft, rtol=0, atol=1e-4)
        torch.testing.assert_close(ours.soft_histogram, plain.soft_histogram, rtol=0, atol=1e-5)


@pytest.mark.parametrize("sigma", [1.0, 1e3, 1e5])
def test_single_precision_gradients(sigma: float) -> None:
    """With many values in narrow bands, in the default layout."""
    z, centers = (t.float() for t in draw("normal", 0, 1, 20_000, 75, True))
    single = z.clone().requires_grad_(), centers.clone().requires_grad_()
    double = z.double().requires_grad_(), centers.double().requires_grad_()
    ours = gradients(banded_soft_assign(*single, sigma), 1, single)
    exact = gradients(softmax_over_all(*double, sigma, "squared"), 1, double)
    for own, other in zip(ours, exact, strict=True):
        assert (own - other).abs().max() < 1e-3 * other.abs().max()


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(("chunk", "cost"), [(8, 0), (CHUNK_ELEMENTS, banded_assignment.CHUNK_COST)])
def test_gradcheck(monkeypatch: pytest.MonkeyPatch, distance: Distance, shared: bool, chunk: int, cost: int) -> None:
    monkeypatch.setattr(banded_assignment, "CHUNK_ELEMENTS", chunk)
    monkeypatch.setattr(banded_assignment, "CHUNK_COST", cost)
    z, centers = (t.requires_grad_() for t in draw("normal", 0, 2, 6, 4, shared))
    assert torch.autograd.gradcheck(lambda a, b: banded_soft_assign(a, b, 1.7, distance)[:2], (z, centers))


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("kind", KINDS)
def test_infinite_hardness_is_the_nearest_center_and_moves_no_assignment(kind: str, distance: Distance) -> None:
    z, centers = (t.requires_grad_() for t in draw(kind, 3, 2, 50, 9, False))
    soft = banded_soft_assign(z, centers, math.inf, distance)
    c, values = centers.detach().numpy()[..., 0], z.detach().numpy()[..., 0]
    symbols = np.abs(values[:, :, None] - c[:, None]).argmin(-1)
    assert np.array_equal(soft.symbols.numpy(), symbols)
    assert np.array_equal(soft.z_soft.detach().numpy()[..., 0], np.take_along_axis(c, symbols, 1))
    one_hot = np.eye(9)[symbols]
    assert np.allclose(soft.soft_histogram.detach().numpy(), one_hot.mean(1), rtol=0, atol=1e-15)

    weight = torch.randn(z.shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    loss = (soft.z_soft * weight).sum() + soft.soft_histogram[:, 0].sum()
    to_z, to_centers = torch.autograd.grad(loss, (z, centers))
    assert not to_z.any()
    assert np.allclose(to_centers.numpy(), np.einsum("gnl,gnd->gld", one_hot, weight.numpy()))


@pytest.mark.parametrize("sigma", [1.0, math.inf])
def test_no_values(sigma: float) -> None:
    z, centers = (t.requires_grad_() for t in draw("normal", 0, 2, 0, 5, True))
    soft = banded_soft_assign(z, centers, sigma)
    assert soft.z_soft.shape == (2, 0, 1)
    assert soft.symbols.shape == (2, 0)
    assert torch.equal(soft.soft_histogram, torch.zeros(2, 5, dtype=torch.float64))
    (soft.z_soft.sum() + soft.soft_histogram.sum()).backward()
    assert centers.grad is not None
    assert not centers.grad.any()


def test_what_is_not_a_number_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(banded_assignment, "CHUNK_COST", 0)
    z, centers = draw("normal", 0, 1, 40, 6, True)
    clean = banded_soft_assign(z, centers, 1e4).z_soft[0, :, 0]
    z[0, 7] = math.nan
    soft = banded_soft_assign(z, centers, 1e4)
    others = torch.arange(40) != 7
    assert soft.z_soft[0, 7].isnan()
    torch.testing.assert_close(soft.z_soft[0, others, 0], clean[others])
    assert soft.soft_histogram.isnan().any()
    centers[0, 2] = math.nan
    assert banded_soft_assign(z[:, :5], centers, 1e4).z_soft.isnan().any()


@pytest.mark.parametrize("numbers", [0, 1, 2])
@pytest.mark.parametrize("sigma", [1.0, 1e4])
def test_centers_most_of_which_are_no_numbers_give_none(sigma: float, numbers: int) -> None:
    """As the plain form has it: a training that has diverged goes on, and says so by its loss."""
    z, centers = draw("normal", 0, 1, 40, 6, True)
    centers[0, numbers:] = math.nan
    soft = banded_soft_assign(z, centers, sigma)
    assert soft.z_soft.isnan().all()
    assert soft.soft_histogram.isnan().any()


class Watch(Largest):
    """Also how many softmaxes there are, and the entries of all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.softmax = 0
        self.softmaxes = 0

    def __torch_dispatch__(
        self, func: Callable[..., object], types: object, args: tuple = (), kwargs: dict | None = None
    ) -> object:
        result = super().__torch_dispatch__(func, types, args, kwargs)
        if func is torch.ops.aten._softmax.default:
            assert isinstance(result, Tensor)
            self.softmax += result.numel()
            self.softmaxes += 1
        return result


@pytest.mark.parametrize(("g", "n"), [(1, 6000), (6, 1000)])
@pytest.mark.parametrize("sigma", [1e-3, 1e5])
def test_assignments_of_all_values_are_never_made(g: int, n: int, sigma: float) -> None:
    z, centers = (t.float().requires_grad_() for t in draw("normal", 0, g, n, 1000, True))
    limit = CHUNK_ELEMENTS // banded_assignment.BUFFERS
    assert g * n * 1000 > 5 * CHUNK_ELEMENTS
    kept: list[int] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t.numel()) or t, lambda t: t):
        with Watch() as forward:
            soft = banded_soft_assign(z, centers, sigma)
        assert z.numel() <= sum(kept) <= 4 * (z.numel() + g * 1000), "what waits for the backward pass"
        loss = soft.z_soft.square().sum() + soft.soft_histogram.square().sum()
        with Watch() as backward:
            loss.backward()
    for watch in (forward, backward):
        assert watch.elements <= limit
        if sigma < 1:
            assert watch.softmax == g * n * 1000
            assert watch.elements > limit / 2
        else:
            assert watch.softmax < g * n * 200, "bands are narrow"


def test_only_nearly_empty_cells_are_taken_together() -> None:
    """Each value feels the five centers around it."""
    centers = torch.linspace(-1, 1, 75, dtype=torch.float64).view(1, -1, 1)
    z = torch.rand(1, 200_000, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with Watch() as many:
        banded_soft_assign(z, centers, 2e4)
    assert many.softmax <= 10 * 200_000
    with Watch() as few:
        banded_soft_assign(z[:, :500], centers, 2e4)
    assert few.softmaxes <= 3


@pytest.mark.parametrize("training", [True, False])
def test_the_quantizer_of_scalars_takes_the_banded_form(training: bool) -> None:
    z, _ = draw("normal", 0, 2, 5000, 1, True)
    quantizer = SoftToHard(2, 1, centers=200, sigma=1e5).double().train(training)
    centers = quantizer.centers.detach()
    with Watch() as watch:
        out = quantizer(z)
        symbols = quantizer.symbols(z)
    assert 0 < watch.softmax < 0.2 * 2 * 5000 * 200
    soft, q = softmax_over_all(z, centers, 1e5, "squared")
    expected = np.abs((z - centers.mT).numpy()).argmin(-1)
    assert np.array_equal(symbols.numpy(), expected)
    hard = centers[0, torch.from_numpy(expected)]
    torch.testing.assert_close(out.z_hat, soft if training else hard, rtol=0, atol=1e-9)
    torch.testing.assert_close(out.soft_histogram, q, rtol=0, atol=1e-9)


@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 2**31),
    g=st.integers(1, 3),
    n=st.integers(1, 60),
    size=st.integers(1, 40),
    shared=st.booleans(),
    distance=st.sampled_from(DISTANCES),
    chunk=st.sampled_from([1, 200, CHUNK_ELEMENTS]),
    log_sigma=st.floats(-6, 9),
)
def test_mean_largest_assignment_is_that_of_the_softmax_over_all_centers(
    kind: str, seed: int, g: int, n: int, size: int, shared: bool, distance: Distance, chunk: int, log_sigma: float
) -> None:
    z, centers = draw(kind, seed, g, n, size, shared)
    sigma = 10**log_sigma
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(banded_assignment, "CHUNK_ELEMENTS", chunk)
        ours = mean_largest_assignment(z, centers, sigma, distance)
    away = np.abs(z.numpy() - centers.mT.numpy()) ** (2 if distance == "squared" else 1)
    farther = away - away.min(-1, keepdims=True)
    expected = (1 / np.exp(-sigma * farther).sum(-1)).mean()
    # Of two centers all but equally near, the difference of distances is rounding of the distances themselves.
    assert ours == pytest.approx(expected, rel=1e-9 + 1e-14 * sigma * float(away.min(-1).max()))


def test_mean_largest_assignment_at_the_ends_of_hardness() -> None:
    z, centers = draw("normal", 0, 2, 50, 8, False)
    assert mean_largest_assignment(z, centers, 0.0) == pytest.approx(1 / 8)
    assert mean_largest_assignment(z, centers, math.inf) == 1.0
    # Half way between two centers and on one of them, with exp(-sigma 1) = 1/4.
    by_hand = mean_largest_assignment(torch.tensor([[[0.5], [1.0]]]), torch.tensor([[[1.0], [0.0]]]), math.log(4))
    assert by_hand == pytest.approx((1 / 2 + 4 / 5) / 2)


def test_mean_largest_assignment_never_makes_those_of_all_values() -> None:
    z, centers = (t.float() for t in draw("normal", 0, 1, 6000, 1000, True))
    assert z.numel() * 1000 > 5 * CHUNK_ELEMENTS
    with Watch() as watch:
        mean_largest_assignment(z, centers, 1.0)
    assert watch.softmax == z.numel() * 1000
    assert watch.elements <= CHUNK_ELEMENTS // banded_assignment.BUFFERS
