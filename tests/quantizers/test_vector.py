import copy

import numpy as np
import pytest
import torch
from largest import Largest
from scipy.cluster.vq import kmeans2
from torch import Tensor

from compressible.quantizers import Vector, nearest_code
from compressible.quantizers.codebook import Update
from compressible.quantizers.vector import directions

UPDATES: tuple[Update, ...] = ("ema", "gradient", "both")
CODES = torch.tensor([[[0.0, 0.0], [4.0, 0.0], [9.0, 9.0]]])
Z = torch.tensor([[[1.0, 0.0], [3.0, 1.0], [3.0, -2.0], [0.0, 1.0]]])
"""The first and the last choose code 0, the others code 1; 8 entries."""
CHOSEN = CODES[:, [0, 1, 1, 0]]


def vector(update: Update, **arguments: float) -> Vector:
    """One group with ``CODES``."""
    made = Vector(1, 2, codes=3, update=update, **arguments)  # pyright: ignore[reportArgumentType]
    made.codebook.place(CODES)
    return made.train()


@pytest.mark.parametrize("update", UPDATES)
def test_loss_and_gradients_by_hand(update: Update) -> None:
    made = vector(update, commitment=0.25)
    z = Z.clone().requires_grad_()
    out = made(z)
    assert out.symbols.tolist() == [[0, 1, 1, 0]]
    assert torch.equal(out.z_hat, CHOSEN)
    # Squared errors: 1 + (1 + 1) + (1 + 4) + 1, of 8 entries.
    mean = 9 / 8
    assert out.loss is not None
    assert float(out.loss) == pytest.approx(0.25 * mean if update == "ema" else 1.25 * mean)

    weight = torch.randn(Z.shape, generator=torch.Generator().manual_seed(0))
    ((out.z_hat * weight).sum() + out.loss).backward()
    torch.testing.assert_close(z.grad, weight + 0.25 * 2 / 8 * (Z - CHOSEN))
    if update == "ema":
        assert not list(made.parameters())
        return
    # 2 / 8 (c - z), summed over the vectors that chose c; none chose the last.
    torch.testing.assert_close(made.codebook.codes.grad, 2 / 8 * torch.tensor([[[-1.0, -1.0], [2.0, 1.0], [0.0, 0.0]]]))


def test_each_group_has_codes_of_its_own() -> None:
    made = Vector(3, 2, codes=5).eval()
    codes = made.codebook.codes
    symbols = torch.tensor([[0, 1, 4], [0, 1, 4], [3, 3, 2]])
    expected = torch.stack([codes[group, row] for group, row in enumerate(symbols)])
    assert torch.equal(made.dequantize(symbols), expected)
    assert torch.equal(made.symbols(expected), symbols)


@pytest.mark.parametrize("update", UPDATES)
def test_a_pass_in_training_teaches_once(update: Update) -> None:
    made = vector(update, decay=0.5, epsilon=0.0, revival_threshold=0.0)
    made(Z)
    assert made.codebook.counts.tolist() == [[1.5, 1.5, 0.5]]
    # N = 1, so c = (0.5 c + 0.5 s) / (0.5 + 0.5 * 2).
    means = torch.tensor([[[1 / 3, 1 / 3], [(4 + 6) / 3, -1 / 3], [9.0, 9.0]]])
    torch.testing.assert_close(made.codebook.codes.detach(), CODES if update == "gradient" else means)


@pytest.mark.parametrize("update", UPDATES)
def test_a_pass_in_evaluation_teaches_nothing(update: Update) -> None:
    made = vector(update).eval()
    before = copy.deepcopy(made.state_dict())
    made(Z)
    made.symbols(Z)
    made.train().symbols(Z)
    assert all(torch.equal(value, before[key]) for key, value in made.state_dict().items())


def test_both_moves_by_means_and_then_by_the_gradient() -> None:
    made = vector("both", decay=0.5, epsilon=0.0, revival_threshold=0.0)
    optimizer = torch.optim.SGD(made.parameters(), lr=0.4)
    out = made(Z)
    assert out.loss is not None
    out.loss.backward()
    optimizer.step()
    first = torch.tensor([[[1 / 3, 1 / 3], [10 / 3, -1 / 3], [9.0, 9.0]]])
    gradient = 2 / 8 * torch.tensor([[[-1.0, -1.0], [2.0, 1.0], [0.0, 0.0]]])  # at the codes the vectors chose from
    after = first - 0.4 * gradient
    torch.testing.assert_close(made.codebook.codes.detach(), after)
    made(Z)  # N = (1.5, 1.5, 0.5): the next mean goes on from there
    number, total = torch.tensor([[[2.0], [2.0], [0.0]]]), torch.tensor([[[1.0, 1.0], [6.0, -1.0], [0.0, 0.0]]])
    count = torch.tensor([[[1.5], [1.5], [0.5]]])
    expected = (0.5 * count * after + 0.5 * total) / (0.5 * count + 0.5 * number)
    torch.testing.assert_close(made.codebook.codes.detach(), expected)


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("cosine", [False, True])
def test_training_finds_the_clusters(update: Update, cosine: bool) -> None:
    """From codes far from all of them, of which nearly all are dead to begin with."""
    torch.manual_seed(0)
    means = 3 * directions(torch.randn(1, 12, 6))
    made = Vector(1, 6, codes=24, update=update, cosine=cosine, seeding="normal", decay=0.8)
    made.codebook.place(5 + 0.01 * torch.randn(1, 24, 6))
    optimizer = torch.optim.Adam(list(made.parameters()) or [torch.zeros(1)], lr=0.02)
    for _ in range(150):
        z = means[:, torch.randint(12, (256,))] + 0.05 * torch.randn(1, 256, 6)
        out = made.train()(z)
        optimizer.zero_grad()
        if out.loss is not None and out.loss.requires_grad:
            out.loss.backward()
        optimizer.step()
    target = directions(means) if cosine else means
    apart = (target - made.eval()(means).z_hat).norm(dim=-1)
    assert float(apart.max()) < 0.15


@pytest.mark.parametrize("update", UPDATES)
def test_cosine_compares_directions(update: Update) -> None:
    torch.manual_seed(0)
    made = Vector(2, 3, codes=7, update=update, cosine=True).eval()
    z = torch.randn(2, 50, 3)
    codes = made.codebook.codes.detach().numpy()
    similarity = np.einsum("gnd,gkd->gnk", z.numpy(), codes / np.linalg.norm(codes, axis=-1, keepdims=True))
    out = made(z)
    assert np.array_equal(out.symbols.numpy(), similarity.argmax(-1))
    torch.testing.assert_close(out.z_hat.detach().norm(dim=-1), torch.ones(2, 50))
    scale = torch.rand(2, 50, 1) + 0.01
    assert torch.equal(made.symbols(scale * z), out.symbols)


def test_cosine_codes_follow_mean_directions() -> None:
    made = Vector(1, 2, codes=2, decay=0.0, revival_threshold=0.0, cosine=True).train()
    made.codebook.place(torch.tensor([[[5.0, 0.0], [0.0, 0.1]]]))
    made(torch.tensor([[[9.0, 0.0], [0.3, 0.4], [0.0, 7.0]]]))
    # The first code got (1, 0), the second (0.6, 0.8) and (0, 1).
    expected = directions(torch.tensor([[[1.0, 0.0], [0.6, 1.8]]]))
    torch.testing.assert_close(made.dequantize(torch.tensor([[0, 1]])), expected)


def test_cosine_gradient_turns_a_vector_and_does_not_stretch_it() -> None:
    torch.manual_seed(0)
    made = Vector(1, 4, codes=5, cosine=True).train()
    z = torch.randn(1, 9, 4, requires_grad=True)
    out = made(z)
    assert out.loss is not None
    (gradient,) = torch.autograd.grad((out.z_hat * torch.randn(1, 9, 4)).sum() + out.loss, z)
    assert gradient.norm(dim=-1).min() > 1e-3
    torch.testing.assert_close((gradient * z).sum(-1), torch.zeros(1, 9), atol=1e-5, rtol=0)


def test_directions_have_length_one_and_zero_has_none() -> None:
    z = torch.tensor([[3.0, 4.0], [0.0, 0.0], [1e-6, 0.0]])
    torch.testing.assert_close(directions(z), torch.tensor([[0.6, 0.8], [0.0, 0.0], [1.0, 0.0]]))


def test_sampled_codes_are_vectors_and_nearly_as_good_as_k_means() -> None:
    torch.manual_seed(0)
    means = 5 * torch.randn(2, 10, 4)
    z = means[:, torch.randint(10, (800,))] + 0.3 * torch.randn(2, 800, 4)
    made = Vector(2, 4, codes=10)
    made(100 * z)
    made.initialise(z)
    for group in (0, 1):
        codes = made.codebook.codes[group]
        assert (codes[:, None] == z[group]).all(-1).any(1).all()
        best = kmeans2(z[group].double().numpy(), 10, iter=30, minit="++", rng=np.random.default_rng(0))[0]
        ours, theirs = (float(torch.cdist(z[group], c).min(1).values.square().mean()) for c in (codes, Tensor(best)))
        assert ours < 4 * theirs
    assert torch.equal(made.codebook.counts, torch.full((2, 10), 2.0)), "what it counted before is forgotten"


def test_normal_codes_stay_where_they_are() -> None:
    made = Vector(1, 3, codes=4000, seeding="normal")
    before = made.codebook.codes.clone()
    made.initialise(100 + torch.randn(1, 50, 3))
    assert torch.equal(made.codebook.codes, before)
    assert abs(float(before.mean())) < 0.05
    assert abs(float(before.std()) - 1) < 0.05


@pytest.mark.parametrize("update", UPDATES)
def test_vectors_times_codes_are_never_held(update: Update) -> None:
    limit = nearest_code.CHUNK_ELEMENTS
    n, size = 4 * limit // 1000, 1000
    made = Vector(1, 4, codes=size, update=update).train()
    z = torch.randn(1, n, 4, requires_grad=True)
    with Largest() as largest:
        out = made(z)
        assert out.loss is not None
        out.loss.backward()
    assert limit / 2 < largest.elements <= limit


@pytest.mark.parametrize(
    "wrong", [{"seeding": "smapled"}, {"update": "eam"}, {"commitment": -1.0}, {"codes": 0}, {"cosine": True}]
)
def test_impossible_values_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Vector(groups=1, dimension=1, **wrong)
