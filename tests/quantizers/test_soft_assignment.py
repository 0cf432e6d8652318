import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from largest import Largest
from torch import Tensor

from compressible.quantizers import soft_assignment
from compressible.quantizers.soft_assignment import Distance, nearest, soft_assign

DISTANCES: tuple[Distance, ...] = ("squared", "euclidean")


def distances(z: np.ndarray, centers: np.ndarray, distance: str) -> np.ndarray:
    squared = ((z[:, :, None] - centers[:, None]) ** 2).sum(-1)
    return squared if distance == "squared" else np.sqrt(squared)


def dense(z: np.ndarray, centers: np.ndarray, sigma: float, distance: str) -> tuple[np.ndarray, ...]:
    """Eq. (7), the soft quantization and the soft histogram, as they are printed."""
    apart = distances(z, centers, distance)
    weights = np.exp(-sigma * (apart - apart.min(-1, keepdims=True)))
    phi = weights / weights.sum(-1, keepdims=True)
    soft = np.einsum("gnl,gld->gnd", phi, np.broadcast_to(centers, (len(z), *centers.shape[1:])))
    return soft, phi.mean(1), apart.argmin(-1)


def dense_torch(z: Tensor, centers: Tensor, sigma: float, distance: str) -> tuple[Tensor, Tensor]:
    apart = (z[:, :, None] - centers[:, None]).square().sum(-1)
    phi = torch.softmax(-sigma * (apart if distance == "squared" else apart.sqrt()), -1)
    return torch.einsum("gnl,gld->gnd", phi, centers.expand(len(z), -1, -1)), phi.mean(1)


def draw(seed: int, g: int, n: int, d: int, size: int, shared: bool, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(g, n, d, generator=generator, dtype=torch.float64)
    centers = torch.randn(1 if shared else g, size, d, generator=generator, dtype=torch.float64)
    return z.to(dtype), centers.to(dtype)


sizes = {
    "seed": st.integers(0, 2**31),
    "g": st.integers(1, 4),
    "n": st.integers(1, 40),
    "d": st.integers(1, 6),
    "size": st.integers(1, 30),
    "shared": st.booleans(),
    "log_sigma": st.floats(-3, 3),
    "distance": st.sampled_from(DISTANCES),
}


@settings(max_examples=60)
@given(**sizes, dtype=st.sampled_from([torch.float32, torch.float64]), chunk=st.sampled_from([1, 17, 1 << 20]))
def test_values_are_those_of_the_dense_formula(
    seed: int,
    g: int,
    n: int,
    d: int,
    size: int,
    shared: bool,
    log_sigma: float,
    distance: Distance,
    dtype: torch.dtype,
    chunk: int,
) -> None:
    z, centers = draw(seed, g, n, d, size, shared, dtype)
    sigma = 10**log_sigma
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(soft_assignment, "CHUNK_ELEMENTS", chunk)
        result = soft_assign(z, centers, sigma, distance)
        symbols = nearest(z, centers)
    soft, q, argmin = dense(z.double().numpy(), centers.double().numpy(), sigma, distance)
    # The exponent -sigma * distance carries the rounding of distances of about 10.
    tolerance = 1e-9 if dtype == torch.float64 else 1e-5 * max(1.0, sigma)
    if distance == "euclidean":
        tolerance *= 30
    np.testing.assert_allclose(result.z_soft.numpy(), soft, atol=tolerance * 10)
    np.testing.assert_allclose(result.soft_histogram.numpy(), q, atol=tolerance)
    apart = np.sort(distances(z.double().numpy(), centers.double().numpy(), distance), -1)
    clear = np.ones(argmin.shape, bool) if size == 1 else apart[..., 1] - apart[..., 0] > 1e-4
    assert np.array_equal(result.symbols.numpy()[clear], argmin[clear])
    assert np.array_equal(symbols.numpy()[clear], argmin[clear])


@settings(max_examples=40)
@given(**sizes, chunk=st.sampled_from([1, 17, 1 << 20]))
def test_gradients_are_those_of_the_dense_formula(
    seed: int, g: int, n: int, d: int, size: int, shared: bool, log_sigma: float, distance: Distance, chunk: int
) -> None:
    z, centers = draw(seed, g, n, d, size, shared, torch.float64)
    sigma = 10 ** min(log_sigma, 1.5)
    generator = torch.Generator().manual_seed(seed + 1)
    to_soft = torch.randn(z.shape, generator=generator, dtype=torch.float64)
    to_q = torch.randn(g, size, generator=generator, dtype=torch.float64)
    gradients = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(soft_assignment, "CHUNK_ELEMENTS", chunk)
        for function in (soft_assign, dense_torch):
            a, b = z.clone().requires_grad_(), centers.clone().requires_grad_()
            soft, q = function(a, b, sigma, distance)[:2]
            gradients.append(torch.autograd.grad((soft * to_soft).sum() + (q * to_q).sum(), (a, b)))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6 * max(1.0, sigma))


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("chunk", [8, 1 << 20])
def test_gradcheck(monkeypatch: pytest.MonkeyPatch, distance: Distance, shared: bool, chunk: int) -> None:
    monkeypatch.setattr(soft_assignment, "CHUNK_ELEMENTS", chunk)
    z, centers = (t.requires_grad_() for t in draw(0, 2, 5, 3, 4, shared, torch.float64))
    assert torch.autograd.gradcheck(lambda a, b: soft_assign(a, b, 1.7, distance)[:2], (z, centers))


@pytest.mark.parametrize("distance", DISTANCES)
def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch, distance: Distance) -> None:
    results = []
    for chunk in (1 << 20, 1000, 70, 1):
        monkeypatch.setattr(soft_assignment, "CHUNK_ELEMENTS", chunk)
        z, centers = (t.requires_grad_() for t in draw(3, 5, 33, 4, 20, False, torch.float32))
        soft = soft_assign(z, centers, 2.0, distance)
        (soft.z_soft.square().sum() + soft.soft_histogram.square().sum()).backward()
        results.append((soft.z_soft, soft.soft_histogram, z.grad, centers.grad))
        assert torch.equal(soft.symbols, nearest(z, centers))
    for result in results[1:]:
        torch.testing.assert_close(result, results[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("distance", DISTANCES)
def test_hard_assignment_is_the_limit(distance: Distance) -> None:
    z, centers = draw(4, 3, 200, 2, 9, False, torch.float64)
    apart = distances(z.numpy(), centers.numpy(), distance)
    clear = torch.from_numpy(np.diff(np.sort(apart, -1)[..., :2])[..., 0].min(1) > 1e-4)
    assert clear.all(), "no vector is nearly as close to another center"
    hard = torch.stack([c[s] for c, s in zip(centers, nearest(z, centers), strict=True)])
    errors = []
    for sigma in (1.0, 100.0, 1e4, 1e6):
        soft = soft_assign(z, centers, sigma, distance)
        counts = torch.stack([row.bincount(minlength=9) for row in soft.symbols])
        errors.append(float((soft.soft_histogram - counts.double() / 200).abs().max()))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-12
    torch.testing.assert_close(soft.z_soft, hard, rtol=0, atol=1e-12)


@pytest.mark.parametrize("distance", DISTANCES)
def test_hard_limit_in_single_precision_stays_finite(distance: Distance) -> None:
    z, centers = (t.requires_grad_() for t in draw(5, 2, 50, 3, 7, True, torch.float32))
    soft = soft_assign(z, centers, 1e20, distance)
    (soft.z_soft.sum() + soft.soft_histogram[:, 0].sum()).backward()
    for tensor in (soft.z_soft, soft.soft_histogram, z.grad, centers.grad):
        assert tensor is not None
        assert tensor.isfinite().all()


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("chunk", [8, 1 << 20])
def test_infinite_hardness_is_the_hard_assignment(
    monkeypatch: pytest.MonkeyPatch, distance: Distance, shared: bool, chunk: int
) -> None:
    """Values are nearest centers, q their shares; a center gets the gradients of its own vectors, z gets none."""
    monkeypatch.setattr(soft_assignment, "CHUNK_ELEMENTS", chunk)
    g, n, d, size = 3, 40, 2, 6
    z, centers = draw(8, g, n, d, size, shared, torch.float32)
    z[0, 0] = centers[0, 3]  # a distance of zero, which infinity times would not be a number
    to_soft = torch.randn(g, n, d, generator=torch.Generator().manual_seed(9))
    apart = distances(z.numpy(), centers.numpy(), distance)
    expected = apart.argmin(-1)
    value, share = np.zeros((g, n, d), np.float32), np.zeros((g, size), np.float32)
    gradient = np.zeros(centers.shape, np.float32)
    for group in range(g):
        for i, symbol in enumerate(expected[group]):
            owner = 0 if shared else group
            value[group, i] = centers[owner, symbol]
            share[group, symbol] += 1 / n
            gradient[owner, symbol] += to_soft[group, i].numpy()

    z.requires_grad_()
    centers.requires_grad_()
    soft = soft_assign(z, centers, math.inf, distance)
    ((soft.z_soft * to_soft).sum() + soft.soft_histogram[:, 1].sum()).backward()
    assert np.array_equal(soft.symbols.numpy(), expected)
    assert np.array_equal(soft.z_soft.detach().numpy(), value)
    np.testing.assert_allclose(soft.soft_histogram.detach().numpy(), share, atol=1e-6)
    assert z.grad is not None
    assert not z.grad.any()
    assert centers.grad is not None
    np.testing.assert_allclose(centers.grad.numpy(), gradient, atol=1e-5)


@pytest.mark.parametrize("chunk", [1, 1 << 20])
def test_ties_go_to_the_lower_index(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(soft_assignment, "CHUNK_ELEMENTS", chunk)
    centers = torch.tensor([[[2.0], [-1.0], [1.0], [-1.0], [1.0]]])
    z = torch.tensor([[[0.0], [-1.0], [1.5], [0.5], [-7.0]]])
    expected = [[1, 1, 0, 2, 1]]
    assert nearest(z, centers).tolist() == expected
    soft = soft_assign(z, centers, 1e4)
    assert soft.symbols.tolist() == expected
    torch.testing.assert_close(soft.z_soft.flatten(), torch.tensor([0.0, -1.0, 4 / 3, 1.0, -1.0]))


@pytest.mark.parametrize("offset", [0.0, 10.0])
@pytest.mark.parametrize("distance", DISTANCES)
def test_single_precision_gradients_close_to_a_center(distance: Distance, offset: float) -> None:
    """A vector next to its center must not get the rounding error of a tiny distance, divided by it, as gradient.

    A Euclidean distance has a kink at zero, here of 0.14, which rounding may move: hence the tolerance.
    """
    centers = torch.tensor([[[-1.3, 0.2], [0.7, 0.9], [3.0, 1.0]]]) + offset
    angle = torch.linspace(0, 6, 50)
    directions = torch.stack([angle.cos(), angle.sin()], -1)
    for apart in 10.0 ** torch.arange(-8, -1):
        z = centers[:, 1:2] + apart * directions
        single = _gradient(z, centers, 2.0, distance)
        double = _gradient(z.double(), centers.double(), 2.0, distance)
        assert (single - double).abs().max() < 0.1


def _gradient(z: Tensor, centers: Tensor, sigma: float, distance: Distance) -> Tensor:
    z = z.clone().requires_grad_()
    soft = soft_assign(z, centers, sigma, distance)
    (soft.z_soft.sum() + soft.soft_histogram[0, 1]).backward()
    assert z.grad is not None
    return z.grad.double()


@pytest.mark.parametrize(("g", "n"), [(1, 5000), (12, 400)])
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("distance", DISTANCES)
def test_assignments_of_all_vectors_are_never_made(g: int, n: int, shared: bool, distance: Distance) -> None:
    z, centers = (t.requires_grad_() for t in draw(6, g, n, 4, 1000, shared, torch.float32))
    kept: list[int] = []
    limit = soft_assignment.CHUNK_ELEMENTS
    assert g * n * 1000 > 4 * limit
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t.numel()) or t, lambda t: t):
        with Largest() as forward:
            soft = soft_assign(z, centers, 1.0, distance)
        assert 0 < sum(kept) <= z.numel() + centers.numel(), "what waits for the backward pass"
        with Largest() as hard:
            nearest(z, centers)
        loss = soft.z_soft.square().sum() + soft.soft_histogram.square().sum()
        with Largest() as backward:
            loss.backward()
    for pass_ in (forward, hard, backward):
        assert pass_.operations > 20
        assert limit / 4 < pass_.elements <= limit


def test_one_center_takes_all() -> None:
    z, centers = draw(7, 2, 6, 3, 1, True, torch.float32)
    soft = soft_assign(z, centers, 5.0)
    assert torch.equal(soft.soft_histogram, torch.ones(2, 1))
    torch.testing.assert_close(soft.z_soft, centers.expand(2, 6, 3))
    assert math.isclose(float(soft.symbols.sum()), 0)
