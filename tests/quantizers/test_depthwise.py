import itertools
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from compressible.models import Bottleneck
from compressible.partitions import Positions, Slices
from compressible.quantizers import Depthwise, SoftToHard, Vector
from compressible.quantizers.depthwise import Decoding

DECODINGS: tuple[Decoding, ...] = ("concatenation", "addition")


def codes_of(made: Depthwise) -> Tensor:
    """(groups, L, K, size)."""
    assert isinstance(made.quantizer, Vector)
    codes = made.quantizer.codebook.codes.detach()
    return codes.view(-1, made.slices, *codes.shape[1:])


def projection_of(made: Depthwise) -> Tensor:
    """(groups, d, L, size)."""
    assert made.projection is not None
    return made.projection.detach().unflatten(-1, (made.slices, made.size))


def nearest(vectors: Tensor, codes: Tensor) -> Tensor:
    return (vectors.double()[:, None] - codes.double()).square().sum(-1).argmin(1)


@settings(deadline=None, max_examples=30)
@given(
    slices=st.integers(1, 3),
    groups=st.integers(1, 2),
    d=st.integers(1, 5),
    k=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_the_nearest_of_all_combinations_of_codes(slices: int, groups: int, d: int, k: int, seed: int) -> None:
    """Product quantization is an exact search of K^L codes, of the vectors with zeros that fill the last slice up."""
    torch.manual_seed(seed)
    made = Depthwise(groups, d, partial(Vector, codes=k), slices).eval()
    z = torch.randn(groups, 6, d)
    out = made(z)
    assert out.alphabet == (k,) * groups * slices
    assert out.symbols.shape == (groups * slices, 6)
    combinations = list(itertools.product(range(k), repeat=slices))
    for g in range(groups):
        codes = codes_of(made)[g]
        whole = torch.stack([torch.cat([codes[i, j] for i, j in enumerate(choice)]) for choice in combinations])
        filled = torch.cat([z[g], torch.zeros(6, whole.shape[1] - d)], dim=1)
        best = nearest(filled, whole)
        assert out.symbols[g * slices : (g + 1) * slices].T.tolist() == [list(combinations[i]) for i in best]
        assert torch.equal(out.z_hat[g], whole[best][:, :d])


@pytest.mark.parametrize("channels", [8, 10])
def test_it_cuts_what_the_partition_cuts(channels: int) -> None:
    torch.manual_seed(0)
    make = partial(Vector, codes=6)
    by_partition = Bottleneck(channels, Slices(4), make).eval()
    by_quantizer = Bottleneck(channels, Positions(), partial(Depthwise, quantizer=make, slices=4)).eval()
    depthwise = by_quantizer.quantizer
    assert isinstance(depthwise, Depthwise)
    depthwise.quantizer.load_state_dict(by_partition.quantizer.state_dict())
    features = torch.randn(2, channels, 3, 5)
    z_hat, quantized = by_partition(features)
    own_z_hat, own = by_quantizer(features)
    assert torch.equal(own.symbols, quantized.symbols)
    assert torch.equal(own_z_hat, z_hat)


@settings(deadline=None, max_examples=30)
@given(slices=st.integers(1, 5), groups=st.integers(1, 2), projected=st.booleans(), seed=st.integers(0, 99))
def test_additive_codes_add_up(slices: int, groups: int, projected: bool, seed: int) -> None:
    torch.manual_seed(seed)
    made = Depthwise(groups, 3, partial(Vector, codes=4), slices, projected, "addition").eval()
    symbols = torch.randint(4, (groups * slices, 7))
    codes = codes_of(made)
    total = [sum(codes[g, i][symbols[g * slices + i]].double() for i in range(slices)) for g in range(groups)]
    torch.testing.assert_close(made.dequantize(symbols).double(), torch.stack(total), rtol=1e-5, atol=1e-6)  # pyright: ignore

    z = torch.randn(groups, 7, 3)
    found = [nearest(z[g] / slices, codes[g, i]) for g in range(groups) for i in range(slices)]
    assert torch.equal(made.symbols(z), torch.stack(found)), "each is a share of the vector, projected or not"


def test_additive_projections_are_learned_each_for_itself() -> None:
    torch.manual_seed(0)
    made = Depthwise(2, 3, partial(Vector, codes=4), 2, projected=True, decoding="addition").eval()
    assert made.projection is not None
    torch.nn.init.normal_(made.projection)
    z = torch.randn(2, 7, 3)
    found = [nearest(z[g] @ projection_of(made)[g, :, i], codes_of(made)[g, i]) for g in (0, 1) for i in (0, 1)]
    assert torch.equal(made.symbols(z), torch.stack(found))


def test_projections_are_a_rotation_to_begin_with_and_decoded_values_stay_in_it() -> None:
    torch.manual_seed(0)
    made = Depthwise(2, 6, partial(Vector, codes=5), 3, projected=True).eval()
    assert made.projection is not None
    matrices = made.projection.detach()
    torch.testing.assert_close(matrices @ matrices.mT, torch.eye(6).expand(2, 6, 6), rtol=0, atol=1e-5)
    assert not torch.allclose(matrices[0], matrices[1])
    z = torch.randn(2, 7, 6)
    out = made(z)
    for g in (0, 1):
        for i in range(3):
            codes = codes_of(made)[g, i]
            chosen = nearest(z[g] @ projection_of(made)[g, :, i], codes)
            assert torch.equal(out.symbols[3 * g + i], chosen)
            assert torch.equal(out.z_hat[g, :, 2 * i : 2 * i + 2], codes[chosen])


def test_gradients_of_projections_by_hand() -> None:
    torch.manual_seed(0)
    made = Depthwise(1, 4, partial(Vector, codes=5, commitment=0.25), 2, projected=True).train()
    assert made.projection is not None
    z, weight = torch.randn(1, 9, 4), torch.randn(1, 9, 4)
    leaf = z.clone().requires_grad_()
    out = made(leaf)
    ((out.z_hat * weight).sum() + out.loss).backward()
    matrix = made.projection.detach()
    # Straight-through, and commitment: a mean over 36 entries.
    at_slices = weight + 0.25 * 2 / 36 * (z @ matrix - out.z_hat.detach())
    torch.testing.assert_close(leaf.grad, at_slices @ matrix.mT)
    torch.testing.assert_close(made.projection.grad, z.mT @ at_slices)


@pytest.mark.parametrize("decoding", DECODINGS)
def test_straight_through_without_projection(decoding: Decoding) -> None:
    torch.manual_seed(0)
    made = Depthwise(2, 5, partial(Vector, codes=4, commitment=0.0), 3, decoding=decoding).train()
    z, weight = torch.randn(2, 8, 5, requires_grad=True), torch.randn(2, 8, 5)
    before = made.dequantize(made.symbols(z))
    out = made(z)
    assert torch.equal(out.z_hat, before)
    (out.z_hat * weight).sum().backward()
    torch.testing.assert_close(z.grad, weight)


@pytest.mark.parametrize("value", ["hard", "soft"])
def test_hardness_and_forward_value_reach_the_slices(value: str) -> None:
    """Two halves of a vector against softmax written out."""
    torch.manual_seed(0)
    made = Depthwise(1, 4, partial(SoftToHard, centers=5, shared=False, sigma=3.0), 2).train()
    assert (made.hardness, made.forward_value) == (3.0, "soft"), "what the inner one begins with"
    made.hardness = 0.7
    made.forward_value = value  # pyright: ignore[reportAttributeAccessIssue]
    z = torch.randn(1, 20, 4)
    out = made(z)
    assert isinstance(made.quantizer, SoftToHard)
    for i, centers in enumerate(made.quantizer.centers.detach()):
        half = slice(2 * i, 2 * i + 2)
        apart = (z[0, :, None, half] - centers).square().sum(-1)
        phi = torch.softmax(-0.7 * apart, -1)
        expected = phi @ centers if value == "soft" else centers[apart.argmin(1)]
        torch.testing.assert_close(out.z_hat[0, :, half].detach(), expected)
        torch.testing.assert_close(out.soft_histogram[i].detach(), phi.mean(0))


def test_codes_start_at_slices() -> None:
    torch.manual_seed(0)
    z = torch.randn(2, 50, 5)
    made = Depthwise(2, 5, partial(Vector, codes=6), 2)
    made.initialise(z)
    filled = np.pad(z.numpy(), ((0, 0), (0, 0), (0, 1)))
    for g in (0, 1):
        for i in (0, 1):
            pieces = torch.tensor(filled[g, :, 3 * i : 3 * i + 3])
            assert (codes_of(made)[g, i][:, None] == pieces).all(-1).any(1).all()


def test_hardness_begins_where_the_inner_one_says() -> None:
    torch.manual_seed(0)
    made = Depthwise(1, 4, partial(SoftToHard, centers=5, sigma=123.0), 2)
    made.initialise(torch.randn(1, 50, 4))
    assert made.hardness == made.quantizer.hardness != 123.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"slices": 0}, "slices must be positive"),
        ({"slices": 2, "decoding": "concatenated"}, "decoding must be one of"),
        ({"slices": 2, "projected": True}, "projected slices must divide"),
    ],
)
def test_impossible_values_are_refused(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Depthwise(1, 5, Vector, **wrong)
