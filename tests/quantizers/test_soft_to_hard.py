from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.cluster.vq import kmeans2
from torch import Tensor

from compressible.quantizers import SoftToHard
from compressible.quantizers.soft_assignment import Distance, soft_assign


def hard_energy(z: Tensor, centers: Tensor) -> float:
    """Mean squared distance to the nearest center; centers (groups or 1, L, d)."""
    return float(torch.cdist(z, centers.expand(len(z), -1, -1)).min(-1).values.square().mean())


def soft_energy(quantizer: SoftToHard, z: Tensor) -> float:
    soft = soft_assign(z, quantizer.centers.detach(), quantizer.hardness, quantizer.distance).z_soft
    return float((z - soft).square().sum(-1).mean())


def k_means_energy(z: Tensor, size: int) -> float:
    """The best of three runs of k-means on one group of vectors (n, d)."""
    data = z.double().numpy()
    runs = [kmeans2(data, size, iter=40, minit="++", rng=np.random.default_rng(seed))[0] for seed in range(3)]
    return min(hard_energy(z[None], torch.from_numpy(run).float()[None]) for run in runs)


def mixture(groups: int, n: int, d: int, seed: int = 0) -> Tensor:
    """Twelve clusters of unequal size and width, others in each group, off the origin."""
    generator = torch.Generator().manual_seed(seed)
    means = 4 * torch.randn(groups, 12, d, generator=generator)
    widths = 0.1 + torch.rand(groups, 12, 1, generator=generator)
    pick = torch.randint(12, (groups, n), generator=generator).square() // 12
    groups_index = torch.arange(groups)[:, None]
    noise = torch.randn(groups, n, d, generator=generator)
    return 5 + means[groups_index, pick] + widths[groups_index, pick] * noise


def gaussian(groups: int, n: int, d: int) -> Tensor:
    return torch.randn(groups, n, d, generator=torch.Generator().manual_seed(1))


def laplacian(groups: int, n: int, d: int) -> Tensor:
    """Heavy tails, as features have."""
    uniform = torch.rand(groups, n, d, generator=torch.Generator().manual_seed(2)) - 0.5
    return -uniform.sign() * torch.log1p(-2 * uniform.abs())


@pytest.mark.parametrize("distance", ["squared", "euclidean"])
@pytest.mark.parametrize(
    ("data", "d", "size", "times"),
    [(gaussian, 1, 13, 1.15), (gaussian, 4, 16, 1.15), (laplacian, 4, 16, 1.15), (laplacian, 1, 13, 1.6)],
)
def test_initialised_centers_are_nearly_as_good_as_k_means(
    data: Callable[[int, int, int], Tensor], d: int, size: int, times: float, distance: Distance
) -> None:
    """And better than random ones and than vectors drawn from the data, which are where clustering starts."""
    z = data(2, 1000, d)
    pool = z.reshape(-1, d)
    best = k_means_energy(pool, size)
    for seed in range(2):
        torch.manual_seed(seed)
        quantizer = SoftToHard(2, d, centers=size, distance=distance)
        drawn = pool[None, torch.randperm(len(pool))[:size]]
        before = min(hard_energy(z, quantizer.centers.detach()), hard_energy(z, drawn))
        quantizer.initialise(z)
        after = hard_energy(z, quantizer.centers.detach())
        assert after < before
        assert after < times * best


@pytest.mark.parametrize("distance", ["squared", "euclidean"])
def test_initialisation_does_not_invert_the_soft_assignment(distance: Distance) -> None:
    """Wide centers under a flat softmax reach a low soft energy and are useless once they are hard."""
    torch.manual_seed(0)
    z = mixture(3, 1000, 4)
    quantizer = SoftToHard(3, 4, centers=20, distance=distance)
    quantizer.initialise(z)
    flat = z.reshape(-1, 4)
    centers = quantizer.centers.detach()[0]
    spread = flat.std(0)
    assert (centers > flat.min(0).values - 0.1 * spread).all()
    assert (centers < flat.max(0).values + 0.1 * spread).all()
    assert hard_energy(z, quantizer.centers.detach()) < 2.5 * k_means_energy(flat, 20)


@pytest.mark.parametrize("distance", ["squared", "euclidean"])
def test_sigma_0_leaves_the_soft_error_below_the_hard_one_and_is_nearly_the_best(distance: Distance) -> None:
    torch.manual_seed(0)
    z = gaussian(1, 2000, 2)
    quantizer = SoftToHard(1, 2, centers=12, distance=distance)
    quantizer.initialise(z)
    energy = soft_energy(quantizer, z)
    assert energy < hard_energy(z, quantizer.centers.detach())
    sigma_0 = quantizer.hardness
    for factor in (0.25, 0.5, 2.0, 4.0):
        quantizer.hardness = sigma_0 * factor
        assert soft_energy(quantizer, z) > 0.99 * energy


@pytest.mark.parametrize(("distance", "power"), [("squared", 2), ("euclidean", 1)])
@pytest.mark.parametrize("scale", [1e-3, 256.0])
def test_initialisation_follows_the_units_of_the_data(distance: Distance, power: int, scale: float) -> None:
    z = gaussian(2, 500, 3)
    results = []
    for factor in (1.0, scale):
        torch.manual_seed(3)
        quantizer = SoftToHard(2, 3, centers=8, distance=distance)
        quantizer.initialise(z * factor)
        results.append((quantizer.centers.detach() / factor, quantizer.hardness * factor**power))
    torch.testing.assert_close(results[1][0], results[0][0], rtol=1e-2, atol=1e-2)
    assert results[1][1] == pytest.approx(results[0][1], rel=1e-3)


def test_groups_of_their_own_get_centers_of_their_own() -> None:
    torch.manual_seed(0)
    z = mixture(3, 1000, 2)
    quantizer = SoftToHard(3, 2, centers=12, shared=False)
    assert quantizer.centers.shape == (3, 12, 2)
    quantizer.initialise(z)
    for group, centers in zip(z, quantizer.centers.detach(), strict=True):
        assert hard_energy(group[None], centers[None]) < 1.5 * k_means_energy(group, 12)


@pytest.mark.parametrize("shared", [True, False])
def test_initialisation_survives_a_dead_channel_and_few_vectors(shared: bool) -> None:
    for z in (torch.zeros(2, 50, 4), torch.full((2, 3, 4), 7.0), mixture(2, 3, 4)):
        quantizer = SoftToHard(2, 4, centers=10, shared=shared)
        quantizer.initialise(z)
        assert quantizer.centers.isfinite().all()
        assert 0 < quantizer.hardness < float("inf")
        torch.testing.assert_close(quantizer.eval()(z).z_hat, z, rtol=0, atol=0.2)


@pytest.mark.parametrize("shared", [True, False])
def test_decoding_looks_the_center_up(shared: bool) -> None:
    quantizer = SoftToHard(2, 3, centers=5, shared=shared)
    symbols = torch.tensor([[0, 4, 2], [1, 4, 4]])
    for g in range(2):
        for i in range(3):
            center = quantizer.centers[0 if shared else g, symbols[g, i]]
            assert torch.equal(quantizer.dequantize(symbols)[g, i], center)


def gradients(quantizer: SoftToHard, z: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    z = z.clone().requires_grad_()
    out = quantizer(z)
    return (out.z_hat.detach(), *torch.autograd.grad((out.z_hat * weight).sum(), (z, quantizer.centers)))


@pytest.mark.parametrize("distance", ["squared", "euclidean"])
def test_forward_value_hard_is_exact_and_has_the_soft_gradient(distance: Distance) -> None:
    torch.manual_seed(0)
    z, weight = gaussian(3, 100, 4), torch.randn(3, 100, 4)
    quantizer = SoftToHard(3, 4, centers=7, distance=distance, sigma=0.8).train()
    assert quantizer.forward_value == "soft"
    soft, soft_to_z, soft_to_centers = gradients(quantizer, z, weight)
    reference = soft_assign(z, quantizer.centers, 0.8, distance).z_soft
    assert torch.equal(soft, reference)

    quantizer.forward_value = "hard"
    hard, hard_to_z, hard_to_centers = gradients(quantizer, z, weight)
    assert torch.equal(hard, quantizer.dequantize(quantizer.symbols(z)))
    assert (hard - soft).abs().max() > 0.1
    assert torch.equal(hard_to_z, soft_to_z)
    assert torch.equal(hard_to_centers, soft_to_centers)


def test_hardness_is_used_as_it_is_set() -> None:
    z = gaussian(1, 200, 2)
    quantizer = SoftToHard(1, 2, centers=6).train()
    errors = []
    for sigma in (0.1, 1.0, 10.0, 1000.0):
        quantizer.hardness = sigma
        out = quantizer(z)
        errors.append(float((out.z_hat - quantizer.dequantize(out.symbols)).square().mean()))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-2 * errors[0]


@pytest.mark.parametrize(
    "wrong", [{"distance": "sqaured"}, {"forward_value": "sotf"}, {"centers": 0}, {"seeding": "evne"}]
)
def test_misspelt_values_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SoftToHard(**{"groups": 1, "dimension": 2, "centers": 4} | wrong)


def test_only_scalars_have_an_order_to_be_even_in() -> None:
    with pytest.raises(ValueError, match="seeding must be sampled or, for scalars, even, got even for dimension 2"):
        SoftToHard(1, 2, centers=4, seeding="even")


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("offset", [-20.0, 30.0])
def test_even_centers_lie_at_equal_distances_from_the_least_value_to_the_largest(shared: bool, offset: float) -> None:
    z = laplacian(3, 200, 1) * torch.tensor([1.0, 2.0, 0.2]).view(3, 1, 1) + offset
    quantizer = SoftToHard(3, 1, centers=31, shared=shared, seeding="even")
    quantizer.initialise(z)
    for values, centers in zip(z.reshape(1 if shared else 3, -1), quantizer.centers.detach(), strict=True):
        expected = np.linspace(float(values.min()), float(values.max()), 31)
        np.testing.assert_allclose(centers[:, 0], expected, rtol=0, atol=1e-6 * float(values.abs().max()))


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("size", [2, 8, 31])
def test_of_values_of_both_signs_zero_is_an_even_center_and_none_is_farther_off_than_half_a_distance(
    shared: bool, size: int
) -> None:
    z = laplacian(3, 200, 1) * torch.tensor([1.0, 5.0, 0.2]).view(3, 1, 1) + 0.1
    quantizer = SoftToHard(3, 1, centers=size, shared=shared, seeding="even")
    quantizer.initialise(z)
    for values, centers in zip(z.reshape(1 if shared else 3, -1), quantizer.centers.detach()[..., 0], strict=True):
        apart = float(values.max() - values.min()) / (size - 1)
        np.testing.assert_allclose(centers.diff(), apart, rtol=1e-4)
        assert (centers == 0).sum() == 1
        assert float((values[:, None] - centers).abs().amin(1).max()) <= 0.5001 * apart


def dense_assignment(z: Tensor, centers: Tensor, sigma: float, distance: Distance) -> Tensor:
    """Phi (n, L) of eq. (7) for one group of scalars, float64."""
    apart = z[0].double() - centers[0].double().T
    return torch.softmax(-sigma * (apart.square() if distance == "squared" else apart.abs()), 1)


@pytest.mark.parametrize("distance", ["squared", "euclidean"])
@pytest.mark.parametrize("size", [31, 75, 400])
@pytest.mark.parametrize("scale", [0.03, 1.0])
def test_even_centers_begin_faithful_and_end_hard(distance: Distance, size: int, scale: float) -> None:
    """At sigma_0 soft values have less than a hundredth of the hard energy, at 20 times that they are nearly hard."""
    torch.manual_seed(0)
    z = scale * laplacian(1, 4000, 1)
    quantizer = SoftToHard(1, 1, centers=size, distance=distance, seeding="even")
    quantizer.initialise(z)
    centers, sigma_0 = quantizer.centers.detach(), quantizer.hardness
    hard = hard_energy(z, centers)

    def energy(sigma: float) -> float:
        soft = dense_assignment(z, centers, sigma, distance) @ centers[0].double()
        return float((soft - z[0]).square().mean())

    assert energy(sigma_0) <= 0.01 * hard
    assert energy(1.5 * sigma_0) > 0.01 * hard, "and the next sigma on a grid of factors of sqrt 2 is too hard"
    assert float(dense_assignment(z, centers, 20 * sigma_0, distance).amax(1).mean()) > 0.9


def test_even_centers_survive_a_dead_channel() -> None:
    quantizer = SoftToHard(1, 1, centers=9, seeding="even")
    z = torch.full((1, 50, 1), 0.7)
    quantizer.initialise(z)
    assert 0 < quantizer.hardness < float("inf")
    assert torch.equal(quantizer.centers, z[:, :9])
