import dataclasses
import io
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from compressible.quantizers import Quantized, SoftToHard
from compressible.rates import Learned, count_symbols, learned


def quantized(symbols: Tensor, alphabet: tuple[int, ...], q: Tensor | None = None) -> Quantized:
    return Quantized(z_hat=torch.zeros(()), symbols=symbols, alphabet=alphabet, soft_histogram=q)


def skewed_symbols(alphabet: tuple[int, ...], n: int, seed: int, depth: int = 1) -> Tensor:
    """Low symbols are frequent, and how frequent differs between groups."""
    generator = torch.Generator().manual_seed(seed)
    rows = [
        (size * torch.rand(n, depth, generator=generator) ** (group + 2)).long() for group, size in enumerate(alphabet)
    ]
    return torch.stack(rows).squeeze(-1) if depth == 1 else torch.stack(rows)


def with_logits(model: Learned, seed: int = 0) -> Learned:
    with torch.no_grad():
        model.logits.copy_(torch.randn(model.logits.shape, generator=torch.Generator().manual_seed(seed)))
    return model


def frequencies(symbols: Tensor, size: int) -> Tensor:
    return count_symbols(symbols, size) / symbols[0].numel()


def gradients(loss: Tensor, tensors: list[Tensor]) -> list[Tensor | None]:
    return list(torch.autograd.grad(loss, tensors, retain_graph=True, allow_unused=True))


def test_prices_by_hand() -> None:
    """q = (1/4, 1/8, 5/8): two, three and log2 8/5 bits; the soft histogram (1/2, 1/2, 0) of four symbols 4 * 2.5."""
    model = Learned((3,), soft_weight=0.1)
    with torch.no_grad():
        model.logits.copy_(torch.tensor([[2.0, 1.0, 5.0]]).log())
    rate = model.rate(quantized(torch.tensor([[0, 1, 2, 2]]), (3,), torch.tensor([[0.5, 0.5, 0.0]])))
    bits = 2 + 3 + 2 * math.log2(8 / 5)
    assert rate.bits.tolist() == pytest.approx([bits])
    assert float(rate.loss) == pytest.approx(bits + 0.1 * 10)
    assert model.probabilities()[0].tolist() == pytest.approx([1 / 4, 1 / 8, 5 / 8])


def test_it_starts_uniform_whatever_the_alphabets() -> None:
    model = Learned((2, 4))
    torch.testing.assert_close(model.probabilities(), torch.tensor([[0.5, 0.5, 0, 0], [0.25] * 4]))
    rate = model.rate(quantized(torch.tensor([[0, 1, 1], [3, 2, 0]]), (2, 4)))
    torch.testing.assert_close(rate.bits, torch.tensor([3.0, 6.0]))
    rate.loss.backward()
    assert model.logits.grad is not None
    assert (model.logits.grad[0, 2:] == 0).all(), "symbols that the group does not have"
    assert model.logits.grad.isfinite().all()


@pytest.mark.parametrize("alpha", [0.0, 0.001, 0.01])
@pytest.mark.parametrize("beta", [1.0, 0.5])
@pytest.mark.parametrize(("groups", "dimension", "distance"), [(1, 4, "euclidean"), (3, 1, "squared")])
def test_value_and_gradients_are_those_of_the_paper(
    alpha: float, beta: float, groups: int, dimension: int, distance: str
) -> None:
    """Section 3, by PyTorch's cross-entropies, in nats a symbol; ours converted as the module says."""
    torch.manual_seed(0)
    quantizer = SoftToHard(groups, dimension, centers=6, distance=distance, forward_value="hard").train()  # pyright: ignore[reportArgumentType]
    z = (2 * torch.randn(groups, 30, dimension)).requires_grad_()
    model = with_logits(Learned(quantizer.alphabet, shared=True, soft_weight=alpha / beta))
    pixels, symbols = 720, groups * 30
    rate = model.rate(quantizer(z))
    ours = beta * math.log(2) * pixels / symbols * rate.loss / pixels

    distances = torch.cdist(z.flatten(0, 1), quantizer.centers[0], compute_mode="donot_use_mm_for_euclid_dist")
    phi = torch.softmax(-distances if distance == "euclidean" else -distances.square(), -1)
    h = F.cross_entropy(model.logits.expand(symbols, -1), distances.argmin(-1))
    s = F.cross_entropy(model.logits.detach().expand(symbols, -1), phi)
    paper = alpha * s + beta * h
    assert float(ours) == pytest.approx(float(paper), rel=1e-5)
    assert float(rate.bits.sum()) == pytest.approx(float(h) / math.log(2) * symbols, rel=1e-5)
    assert not rate.bits.requires_grad
    tensors = [z, quantizer.centers, model.logits]
    for found, expected in zip(gradients(ours, tensors), gradients(paper, tensors), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-8)


def test_each_cross_entropy_trains_its_own_part_and_nothing_else() -> None:
    torch.manual_seed(1)
    quantizer = SoftToHard(2, 3, centers=5, distance="euclidean", forward_value="hard").train()
    z = torch.randn(2, 40, 3).requires_grad_()
    out = quantizer(z)
    by_weight: dict[float, list[Tensor | None]] = {}
    for weight in (0.0, 1.0, 3.0):
        model = with_logits(Learned(quantizer.alphabet, soft_weight=weight))
        by_weight[weight] = gradients(model.rate(out).loss, [z, quantizer.centers, model.logits])
        # Of the hard cross-entropy of n symbols with frequencies f: n (q - f) / ln 2, and of the soft one nothing.
        expected = 40 * (model.probabilities() - frequencies(out.symbols, 5)) / math.log(2)
        torch.testing.assert_close(by_weight[weight][2], expected, rtol=1e-4, atol=1e-4)
    for none, one, three in list(zip(*by_weight.values(), strict=True))[:2]:
        assert none is not None
        assert one is not None
        assert (none == 0).all(), "the hard one is no business of encoder and codebook"
        assert one.abs().max() > 0
        torch.testing.assert_close(three, 3 * one)


def test_without_a_soft_histogram_there_is_no_soft_cross_entropy() -> None:
    torch.manual_seed(2)
    quantizer = SoftToHard(2, 3, centers=5).train()
    z = torch.randn(2, 40, 3).requires_grad_()
    model = with_logits(Learned(quantizer.alphabet))
    rate = model.rate(dataclasses.replace(quantizer(z), soft_histogram=None))
    assert float(rate.loss) == float(rate.bits.sum())
    of_z, of_centers, of_logits = gradients(rate.loss, [z, quantizer.centers, model.logits])
    assert of_z is None
    assert of_centers is None
    assert of_logits is not None


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("filled", [True, False])
def test_training_leads_to_the_frequencies_and_coded_size_to_the_price(shared: bool, filled: bool) -> None:
    """From the uniform pmf, and from that of quite other symbols."""
    alphabet, n = (8, 8), 20_000
    symbols = skewed_symbols(alphabet, n, seed=0)
    model = Learned(alphabet, shared=shared)
    if filled:
        model.fill(7 - symbols, batches=4)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 400)
    for _ in range(400):
        optimizer.zero_grad()
        model.rate(quantized(symbols, alphabet)).loss.backward()
        optimizer.step()
        schedule.step()
    expected = frequencies(symbols, 8)
    assert (expected[0] - expected[1]).abs().max() > 0.1, "sharing makes a difference"
    if shared:
        expected = expected.mean(0, keepdim=True).expand(2, -1)
    torch.testing.assert_close(model.probabilities(), expected, rtol=0, atol=1e-3)
    bits = float(model.rate(quantized(symbols, alphabet)).bits.sum())
    entropy = -n * float((frequencies(symbols, 8) * expected.log2()).sum())
    assert bits == pytest.approx(entropy, rel=1e-3)
    assert 8 * len(model.coder().encode(symbols.numpy())) == pytest.approx(bits, rel=5e-3)


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_a_step_of_adam_moves_the_logits_by_the_learning_rate_times_the_speed(speed: float) -> None:
    """The first one moves every parameter by the learning rate: from equal ones to q = softmax(+-0.01 speed)."""
    model = Learned((2,), speed=speed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model.rate(quantized(torch.zeros(1, 20, dtype=torch.int64), (2,))).loss.backward()
    optimizer.step()
    expected = 1 / (1 + math.exp(-2 * 0.01 * speed))
    assert model.probabilities()[0].tolist() == pytest.approx([expected, 1 - expected], rel=1e-5)


@pytest.mark.parametrize("speed", [1.0, 4.0])
@pytest.mark.parametrize("depth", [1, 3])
def test_filled_with_the_frequencies_and_half_an_occurrence(depth: int, speed: float) -> None:
    """Of each group by itself, or of all groups together."""
    alphabet = (3, 5)
    symbols = skewed_symbols(alphabet, 12, 3, depth)
    model = Learned(alphabet, speed=speed)
    model.fill(symbols, batches=2)
    for row, group, size in zip(model.probabilities().tolist(), symbols, alphabet, strict=True):
        n = group.numel()
        assert row[:size] == pytest.approx([(int((group == j).sum()) + 0.5) / (n + 0.5 * size) for j in range(size)])
        assert not any(row[size:])

    pooled = Learned((5, 5), shared=True)
    pooled.fill(symbols, batches=2)
    expected = [(int((symbols == j).sum()) + 0.5) / (symbols.numel() + 2.5) for j in range(5)]
    for row in pooled.probabilities().tolist():
        assert row == pytest.approx(expected)


def test_filled_with_the_symbols_of_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here of another one, which saw three times symbol 1."""
    monkeypatch.setattr(learned, "sum_over_processes", lambda counts: counts + torch.tensor([[0, 3]]))
    model = Learned((2,))
    model.fill(torch.tensor([[0, 0]]), batches=1)
    assert model.probabilities()[0].tolist() == pytest.approx([2.5 / 6, 3.5 / 6])


def test_an_unseen_symbol_has_a_finite_price_and_can_be_written() -> None:
    model = Learned((3,))
    model.fill(torch.zeros(1, 10_000, dtype=torch.int64), batches=1)
    unseen = torch.tensor([[2, 2, 1]])
    assert model.rate(quantized(unseen, (3,))).bits.isfinite().all()
    assert np.array_equal(model.coder().decode(model.coder().encode(unseen.numpy()), (1, 3)), unseen.numpy())


def test_pricing_changes_nothing() -> None:
    """A gradient does, and only that."""
    model = with_logits(Learned((4,))).train()
    before = model.logits.detach().clone()
    first = model.rate(quantized(skewed_symbols((4,), 20, 0), (4,)))
    assert torch.equal(model.rate(quantized(skewed_symbols((4,), 20, 0), (4,))).bits, first.bits)
    assert torch.equal(model.logits, before)


def test_a_shared_pmf_is_one_parameter_row_and_needs_equal_alphabets() -> None:
    assert Learned((4, 4, 4), shared=True).logits.shape == (1, 4)
    assert Learned((4, 4, 4)).logits.shape == (3, 4)
    with pytest.raises(ValueError, match="equal alphabets"):
        Learned((4, 3), shared=True)


def test_a_negative_weight_and_a_speed_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="soft_weight"):
        Learned((4,), soft_weight=-0.1)
    with pytest.raises(ValueError, match="speed"):
        Learned((4,), speed=0.0)


def test_state_round_trip() -> None:
    model = with_logits(Learned((5, 3)))
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    other = Learned((5, 3))
    other.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(other.probabilities(), model.probabilities())
    with pytest.raises(RuntimeError, match="size mismatch"):
        Learned((5, 4, 3)).load_state_dict(model.state_dict())


def test_autocast_changes_nothing() -> None:
    alphabet = (50, 50)
    symbols = skewed_symbols(alphabet, 500, 0)
    model = with_logits(Learned(alphabet, soft_weight=0.5))
    results = []
    for enabled in (False, True):
        q = torch.full((2, 50), 1 / 50).requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            rate = model.rate(quantized(symbols, alphabet, q))
        results.append([rate.loss, rate.bits, *torch.autograd.grad(rate.loss, [q, model.logits])])
    for plain, cast in zip(*results, strict=True):
        assert cast.dtype == torch.float32
        assert torch.equal(cast, plain)


alphabets = st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple)


@settings(max_examples=30)
@given(alphabets, st.integers(0, 200), st.integers(0, 2**31), st.integers(1, 2))
def test_coder_writes_what_the_model_prices(alphabet: tuple[int, ...], n: int, seed: int, depth: int) -> None:
    model = with_logits(Learned(alphabet), seed)
    symbols = skewed_symbols(alphabet, n, seed, depth)
    coder = model.coder()
    data = coder.encode(symbols.numpy())
    assert np.array_equal(coder.decode(data, tuple(symbols.shape)), symbols.numpy())
    estimated = float(model.rate(quantized(symbols, alphabet)).bits.sum())
    assert coder.bits(symbols.numpy()) == pytest.approx(estimated, rel=1e-3, abs=0.1)
    assert estimated - 1 <= 8 * len(data) <= estimated * 1.001 + 65
