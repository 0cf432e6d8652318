import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from compressible.tasks.muon import Muon, orthogonalise


def random_matrix(rows: int, columns: int, spread: float, seed: int) -> Tensor:
    """Singular values from 1 down to ``spread``."""
    generator = torch.Generator().manual_seed(seed)
    u, _, v = torch.linalg.svd(torch.randn(rows, columns, generator=generator), full_matrices=False)
    return u @ torch.diag(torch.logspace(0, torch.tensor(spread).log10().item(), min(rows, columns))) @ v


@settings(max_examples=30)
@given(st.integers(2, 40), st.integers(2, 40), st.floats(0.1, 1), st.floats(-6, 6), st.integers(0, 2**31))
def test_singular_values_come_near_one(rows: int, columns: int, spread: float, log_scale: float, seed: int) -> None:
    """Of any shape and scale; the polynomial itself leaves them between 0.7 and 1.2, bfloat16 adds a little."""
    result = orthogonalise(random_matrix(rows, columns, spread, seed) * 10**log_scale, 5)
    assert result.shape == (rows, columns)
    values = torch.linalg.svdvals(result)
    assert values.min() > 0.6
    assert values.max() < 1.35


@pytest.mark.parametrize(("rows", "columns"), [(64, 64), (16, 200), (200, 16)])
def test_directions_are_those_of_the_polar_factor(rows: int, columns: int) -> None:
    matrix = random_matrix(rows, columns, 0.2, 0)
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    polar, result = u @ v, orthogonalise(matrix, 5)
    cosine = (polar * result).sum() / (polar.norm() * result.norm())
    assert cosine > 0.97
    core = u.mT @ result @ v.mT
    assert (core - torch.diag(core.diagonal())).abs().max() < 0.06, "in the singular bases it is diagonal"


@pytest.mark.parametrize(("quick", "rounding"), [(True, 5e-2), (False, 1e-5)])
def test_it_is_computed_in_bfloat16_where_that_is_quick(
    quick: bool, rounding: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the same polynomial of the singular values, in double precision."""
    monkeypatch.setattr("compressible.tasks.muon.multiplies_bfloat16", lambda: quick)
    matrix = random_matrix(8, 20, 0.2, 0)
    u, values, v = torch.linalg.svd(matrix.double(), full_matrices=False)
    values = values / values.norm()
    for _ in range(5):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    error = (orthogonalise(matrix, 5) - u @ torch.diag(values) @ v).abs().max()
    assert rounding / 100 < error < rounding


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.centers = nn.Parameter(torch.randn(1, 5, 2))
        self.scale = nn.Parameter(torch.tensor(1.5))


def gradients(model: nn.Module, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=generator, dtype=torch.float64).to(parameter.dtype)


def test_all_but_kernels_move_as_with_adam() -> None:
    torch.manual_seed(0)
    ours = Small().double()
    theirs = copy.deepcopy(ours)
    rest = ["conv.bias", "centers", "scale"]
    muon = Muon(ours.named_parameters(), adam_lr=3e-2, betas=(0.8, 0.95))
    adam = torch.optim.Adam([theirs.get_parameter(name) for name in rest], lr=3e-2, betas=(0.8, 0.95), eps=1e-8)
    for step in range(20):
        for model, optimizer in ((ours, muon), (theirs, adam)):
            gradients(model, step)
            optimizer.step()
        for name in rest:
            torch.testing.assert_close(ours.get_parameter(name), theirs.get_parameter(name), rtol=1e-10, atol=1e-12)


def test_kernels_move_along_the_orthogonalised_nesterov_momentum() -> None:
    torch.manual_seed(0)
    model = Small()
    muon = Muon(model.named_parameters(), lr=0.1, momentum=0.9)
    momentum = torch.zeros(8, 27)
    for step in range(3):
        before = model.conv.weight.detach().clone()
        gradients(model, step)
        gradient = model.conv.weight.grad.reshape(8, 27)
        muon.step()
        momentum = 0.9 * momentum + 0.1 * gradient
        expected = -0.1 * 0.2 * 27**0.5 * orthogonalise(0.1 * gradient + 0.9 * momentum, 5)
        moved = (model.conv.weight.detach() - before).reshape(8, 27)
        torch.testing.assert_close(moved, expected, rtol=2e-2, atol=2e-3)
        assert moved.square().mean().sqrt() == pytest.approx(0.1 * 0.2, rel=0.25), (
            "as large as Adam's steps typically are"
        )


def test_parameters_without_a_gradient_stay() -> None:
    model = Small()
    muon = Muon(model.named_parameters())
    before = copy.deepcopy(model.state_dict())
    gradients(model, 0)
    model.conv.weight.grad = model.scale.grad = None
    muon.step()
    assert torch.equal(model.conv.weight, before["conv.weight"])
    assert torch.equal(model.scale, before["scale"])
    assert not torch.equal(model.centers, before["centers"])


def test_a_gradient_of_zero_moves_nothing_and_breaks_nothing() -> None:
    model = Small()
    muon = Muon(model.named_parameters())
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    before = copy.deepcopy(model.state_dict())
    muon.step()
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, before[name])


def test_state_continues_where_it_was_saved() -> None:
    torch.manual_seed(0)
    whole = Small()
    muon = Muon(whole.named_parameters(), lr=0.01)
    for step in range(6):
        if step == 3:
            resumed = copy.deepcopy(whole)
            again = Muon(resumed.named_parameters(), lr=0.01)
            again.load_state_dict(copy.deepcopy(muon.state_dict()))
        gradients(whole, step)
        muon.step()
        if step >= 3:
            gradients(resumed, step)
            again.step()
    for ours, theirs in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_learning_rates_can_be_scheduled() -> None:
    model = Small()
    muon = Muon(model.named_parameters(), lr=0.02, adam_lr=0.03)
    torch.optim.lr_scheduler.LambdaLR(muon, lambda step: 0.5)
    assert [group["lr"] for group in muon.param_groups] == [0.01, 0.015]


def test_it_descends() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 6, 3), nn.Tanh(), nn.Conv2d(6, 1, 3))
    x, y = torch.randn(8, 2, 9, 9), torch.randn(8, 1, 5, 5)
    muon = Muon(model.named_parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        loss = (model(x) - y).square().mean()
        muon.zero_grad()
        loss.backward()
        muon.step()
        losses.append(float(loss))
    assert losses[-1] < 0.7 * losses[0]
