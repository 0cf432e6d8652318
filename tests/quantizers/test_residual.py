import copy
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.vq import kmeans2
from torch import Tensor

from compressible.quantizers import Quantizer, QuantizerFactory, Residual, SoftToHard, Vector

FIRST = torch.tensor([[[0.0, 0.0], [4.0, 0.0], [0.0, 8.0]]])
SECOND = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]])
Z = torch.tensor([[[5.25, 0.5], [0.5, -1.25], [-1.0, 7.0]]])
LEFT = torch.tensor([[[1.25, 0.5], [0.5, -1.25], [-1.0, -1.0]]])
"""After codes 1, 0 and 2 of the first stage."""
LEFT_AT_LAST = torch.tensor([[[0.25, 0.5], [0.5, -0.25], [-1.0, 0.0]]])
"""After codes 0, 2 and 2 of the second. 6 entries; squares sum to 5.625 and 1.625."""


def place(made: Residual, *codes: Tensor) -> Residual:
    for stage, table in zip(made.stages, codes, strict=True):
        assert isinstance(stage, Vector)
        stage.codebook.place(table)
    return made


def two_stages(**arguments: float) -> Residual:
    make = partial(Vector, codes=3, **arguments)  # pyright: ignore[reportArgumentType]
    return place(Residual(1, 2, make, stages=2), FIRST, SECOND).train()


def one_by_one(z: np.ndarray, codes: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Symbols (stages, n) and what is left (n, d) of vectors (n, d)."""
    symbols = []
    for table in codes:
        apart = np.square(z[:, None].astype(np.float64) - table).sum(-1)
        symbols.append(apart.argmin(1))
        z = z - table[symbols[-1]]
    return np.stack(symbols), z


def test_two_stages_by_hand() -> None:
    made = two_stages()
    z = Z.clone().requires_grad_()
    out = made(z)
    assert out.alphabet == (3, 3)
    assert out.symbols.tolist() == [[1, 0, 2], [0, 2, 2]]
    assert out.z_hat.tolist() == [[[5.0, 0.0], [0.0, -1.0], [0.0, 7.0]]]
    assert float(out.loss) == pytest.approx(0.25 * (5.625 + 1.625) / 6)
    assert out.soft_histogram is None

    weight = torch.randn(Z.shape, generator=torch.Generator().manual_seed(0))
    ((out.z_hat * weight).sum() + out.loss).backward()
    torch.testing.assert_close(z.grad, weight + 0.25 * 2 / 6 * (LEFT + LEFT_AT_LAST))


@pytest.mark.parametrize(("index", "left"), [(0, LEFT), (1, LEFT_AT_LAST)])
def test_every_stage_pulls_z_towards_what_it_chose(index: int, left: Tensor) -> None:
    """Where residuals pass the straight-through gradient on, only the first does."""
    made = two_stages()
    for i, stage in enumerate(made.stages):
        assert isinstance(stage, Vector)
        stage.commitment = 0.25 if i == index else 0.0
    z = Z.clone().requires_grad_()
    made(z).loss.backward()
    torch.testing.assert_close(z.grad, 0.25 * 2 / 6 * left)


def test_each_stage_learns_from_what_is_left_to_it() -> None:
    made = two_stages(decay=0.0, epsilon=0.0, revival_threshold=0.0)
    made(Z)
    first, second = (stage.codebook.codes for stage in made.stages)  # pyright: ignore[reportAttributeAccessIssue]
    torch.testing.assert_close(first, Z[:, [1, 0, 2]])
    # The last code got (0.5, -1.25) and (-1, -1); nobody chose the one before.
    torch.testing.assert_close(second, torch.tensor([[[1.25, 0.5], [0.0, 1.0], [-0.25, -1.125]]]))


@settings(deadline=None, max_examples=30)
@given(
    stages=st.integers(1, 4),
    groups=st.integers(1, 3),
    d=st.integers(1, 4),
    k=st.integers(1, 6),
    seed=st.integers(0, 99),
)
def test_symbols_are_stage_major_and_what_greedy_search_finds(
    stages: int, groups: int, d: int, k: int, seed: int
) -> None:
    torch.manual_seed(seed)
    made = Residual(groups, d, partial(Vector, codes=k), stages).eval()
    z = 2 * torch.randn(groups, 7, d)
    out = made(z)
    tables = [stage.codebook.codes.numpy() for stage in made.stages]  # pyright: ignore[reportAttributeAccessIssue]
    found = [one_by_one(z[g].numpy(), [table[g] for table in tables]) for g in range(groups)]
    assert torch.equal(out.symbols.view(stages, groups, 7), torch.tensor(np.stack([s for s, _ in found], axis=1)))
    torch.testing.assert_close(z - out.z_hat, torch.tensor(np.stack([left for _, left in found])))

    symbols = torch.randint(k, (stages * groups, 5))
    chosen = [[tables[s][g][symbols[s * groups + g]] for g in range(groups)] for s in range(stages)]
    torch.testing.assert_close(made.dequantize(symbols), torch.tensor(np.array(chosen)).sum(0))


def test_error_falls_with_every_stage() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal((1500, 2)).astype(np.float32)
    codes: list[np.ndarray] = []
    errors = [float(np.square(z).mean())]
    left = z
    for stages in range(1, 5):
        codes.append(kmeans2(left, 16, iter=20, minit="++", rng=rng)[0].astype(np.float32))
        made = Residual(1, 2, partial(Vector, codes=16), stages).eval()
        place(made, *(torch.tensor(table)[None] for table in codes))
        vectors = torch.tensor(z)[None]
        errors.append(float((vectors - made(vectors).z_hat).square().mean()))
        left = one_by_one(z, codes)[1]
        assert errors[-1] == pytest.approx(float(np.square(left).mean()), rel=1e-4)
        # 16 codes in the plane would leave a sixteenth of an even density.
        assert errors[-1] < errors[-2] / 4


def test_codes_start_at_what_is_left() -> None:
    torch.manual_seed(0)
    z = torch.randn(2, 300, 3)
    made = Residual(2, 3, partial(Vector, codes=8), stages=3)
    made.initialise(z)
    for group in (0, 1):
        left = z[group]
        for stage in made.stages:
            codes = stage.codebook.codes[group]  # pyright: ignore[reportAttributeAccessIssue, reportIndexIssue]
            assert (codes[:, None] == left).all(-1).any(1).all()
            left = left - codes[torch.cdist(left.double(), codes.double()).argmin(1)]


def test_soft_stages_start_with_the_hardness_of_the_softest() -> None:
    torch.manual_seed(0)
    z = 3 * torch.randn(1, 500, 2)
    made = Residual(1, 2, partial(SoftToHard, centers=6), stages=2)
    made.initialise(z)
    first, second = (float(stage.hardness) for stage in made.stages)  # pyright: ignore[reportArgumentType]
    assert made.hardness == first < second
    error = (z - made.eval()(z).z_hat).square().mean()
    alone = made.stages[0](z).z_hat
    assert error < (z - alone).square().mean() / 2


STAGES = {
    "ema": partial(Vector, codes=4),
    "gradient": partial(Vector, codes=4, update="gradient"),
    "cosine": partial(Vector, codes=4, cosine=True),
    "hard": partial(SoftToHard, centers=4, forward_value="hard"),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("make", STAGES.values(), ids=STAGES)
def test_one_stage_is_its_quantizer(make: QuantizerFactory, training: bool) -> None:
    torch.manual_seed(0)
    made = Residual(2, 3, make, stages=1).train(training)
    alone = copy.deepcopy(made.stages[0])
    assert isinstance(alone, Quantizer)
    z, weight = torch.randn(2, 9, 3), torch.randn(2, 9, 3)
    results = []
    for quantizer in (made, alone):
        torch.manual_seed(1)
        leaf = z.clone().requires_grad_()
        out = quantizer(leaf)
        total = (out.z_hat * weight).sum() + (leaf.sum() if out.loss is None else out.loss)
        if out.soft_histogram is not None:
            total = total + out.soft_histogram.square().sum()
        total.backward()
        gradients = [leaf.grad, *(parameter.grad for parameter in quantizer.parameters())]
        results.append((out.z_hat, out.symbols, out.soft_histogram, *gradients, *quantizer.state_dict().values()))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("value", ["hard", "soft"])
def test_soft_to_hard_stages(value: str) -> None:
    """Against softmax written out: values, histograms, and gradients to z and to the centers of both stages."""
    torch.manual_seed(0)
    made = Residual(1, 2, partial(SoftToHard, centers=5), stages=2).train()
    assert made.forward_value == "hard"
    made.forward_value = value  # pyright: ignore[reportAttributeAccessIssue]
    made.hardness = 0.7
    z, weight = torch.randn(1, 20, 2), torch.randn(20, 2)
    leaf = z.clone().requires_grad_()
    out = made(leaf)
    (out.z_hat[0] * weight).sum().backward()

    own = z[0].clone().requires_grad_()
    tables = [stage.centers.detach()[0].clone().requires_grad_() for stage in made.stages]  # pyright: ignore
    left, hards, softs, means = own, [], [], []
    for table in tables:
        apart = (left[:, None] - table).square().sum(-1)
        phi = torch.softmax(-0.7 * apart, -1)
        hards.append(table[apart.argmin(1)].detach())
        softs.append(phi @ table)
        means.append(phi.mean(0))
        left = left - hards[-1]
    expected = hards[0] + (hards[1] if value == "hard" else softs[1])
    torch.testing.assert_close(out.z_hat[0].detach(), expected.detach())
    if value == "hard":
        assert torch.equal(out.z_hat, made.dequantize(out.symbols))
    torch.testing.assert_close(out.soft_histogram, torch.stack(means))
    (torch.stack(softs).mean(0) * weight).sum().backward()
    assert leaf.grad is not None
    torch.testing.assert_close(leaf.grad[0], own.grad)
    for stage, table in zip(made.stages, tables, strict=True):
        torch.testing.assert_close(stage.centers.grad[0], table.grad)  # pyright: ignore


def test_no_stages_are_refused() -> None:
    with pytest.raises(ValueError, match="stages must be positive"):
        Residual(1, 2, Vector, stages=0)
