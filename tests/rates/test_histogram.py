import io
import math
from collections import deque

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from compressible.quantizers import Quantized
from compressible.rates import Histogram, count_symbols

FLOOR = 1e-5


def reference_pmf(window: list[list[list[int]]], alphabet: tuple[int, ...], floor: float = FLOOR) -> list[list[float]]:
    """Frequencies over the batches of a window, floored and made to sum to one, counted symbol by symbol."""
    pmf = []
    for group, size in enumerate(alphabet):
        counts = [0] * size
        for batch in window:
            for symbol in batch[group]:
                counts[symbol] += 1
        total = sum(counts)
        p = [max(count / total if total else 1 / size, floor) for count in counts]
        pmf.append([value / sum(p) for value in p])
    return pmf


def quantized(symbols: Tensor, alphabet: tuple[int, ...], q: Tensor | None = None) -> Quantized:
    return Quantized(z_hat=torch.zeros(()), symbols=symbols, alphabet=alphabet, soft_histogram=q)


def random_q(alphabet: tuple[int, ...], seed: int) -> Tensor:
    q = torch.rand(len(alphabet), max(alphabet), generator=torch.Generator().manual_seed(seed))
    for row, size in zip(q, alphabet, strict=True):
        row[size:] = 0
    return q / q.sum(1, keepdim=True)


def random_symbols(alphabet: tuple[int, ...], n: int, seed: int, depth: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    rows = [torch.randint(size, (n, depth), generator=generator).square() // max(size - 1, 1) for size in alphabet]
    return torch.stack(rows).squeeze(-1) if depth == 1 else torch.stack(rows)


def entropy(p: np.ndarray) -> float:
    return float(-sum(x * math.log2(x) for x in p.flatten() if x > 0))


alphabets = st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple)


@settings(max_examples=60)
@given(alphabets, st.integers(1, 4), st.integers(1, 3), st.data())
def test_window_against_counting(alphabet: tuple[int, ...], window: int, every: int, data: st.DataObject) -> None:
    model = Histogram(alphabet, window=window, every=every).train()
    kept: deque[list[list[int]]] = deque(maxlen=window)
    for step in range(data.draw(st.integers(1, 10))):
        n = data.draw(st.integers(1, 8))
        batch = [data.draw(st.lists(st.integers(0, size - 1), min_size=n, max_size=n)) for size in alphabet]
        if step % every == 0:
            kept.append(batch)
        rate = model.rate(quantized(torch.tensor(batch), alphabet))
        pmf = reference_pmf(list(kept), alphabet)
        for group, (row, expected) in enumerate(zip(model.probabilities(), pmf, strict=True)):
            np.testing.assert_allclose(row[: len(expected)].numpy(), expected, rtol=1e-5)
            assert (row[len(expected) :] == 0).all()
            bits = -sum(math.log2(expected[symbol]) for symbol in batch[group])
            assert float(rate.bits[group]) == pytest.approx(bits, rel=1e-4, abs=1e-4)


def test_nothing_seen_is_uniform() -> None:
    model = Histogram((2, 4)).eval()
    torch.testing.assert_close(model.probabilities(), torch.tensor([[0.5, 0.5, 0, 0], [0.25] * 4]))
    rate = model.rate(quantized(torch.tensor([[0, 1, 1], [3, 2, 0]]), (2, 4)))
    torch.testing.assert_close(rate.bits, torch.tensor([3.0, 6.0]))


def test_floor_by_hand() -> None:
    """Of four symbols two occur, three to one: floors of 0.05 make 0.75 + 0.25 + 0.1 = 1.1 to be shared."""
    model = Histogram((4,), window=1, every=1, floor=0.05).train()
    model.rate(quantized(torch.tensor([[0, 0, 0, 2]]), (4,)))
    expected = torch.tensor([[0.75, 0.05, 0.25, 0.05]]) / 1.1
    torch.testing.assert_close(model.probabilities(), expected)


@pytest.mark.parametrize("entropy_name", ["H(q,p)", "H(p,q)"])
@pytest.mark.parametrize("depth", [1, 3])
def test_soft_entropies_against_their_definitions(entropy_name: str, depth: int) -> None:
    alphabet, n = (5, 2, 7), 50
    model = Histogram(alphabet, window=2, every=1, entropy=entropy_name).train()
    first, second = (random_symbols(alphabet, n, seed, depth) for seed in (0, 1))
    model.rate(quantized(first, alphabet))
    q = random_q(alphabet, 2)
    rate = model.rate(quantized(second, alphabet, q))
    p = reference_pmf([first.flatten(1).tolist(), second.flatten(1).tolist()], alphabet)
    total = 0.0
    for row, weights in zip(p, q.double().numpy(), strict=True):
        a, b = np.array(row), weights[: len(row)]
        total += n * depth * float(-(b * np.log2(a)).sum() if entropy_name == "H(q,p)" else -(a * np.log2(b)).sum())
    assert rate.loss.shape == ()
    assert float(rate.loss) == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("entropy_name", ["H(q,p)", "H(p,q)"])
def test_with_hard_assignments_the_soft_entropy_is_the_sample_entropy(entropy_name: str) -> None:
    """Section 3.2: q converges to p with sigma, and both cross-entropies to H(p); then loss and bits are the same."""
    symbols = torch.tensor([[0] * 5 + [1] * 3 + [2] * 8, [2] * 4 + [1] * 4 + [0] * 8])
    model = Histogram((3, 3), window=1, every=1, entropy=entropy_name).train()
    q = count_symbols(symbols, 3) / 16
    rate = model.rate(quantized(symbols, (3, 3), q))
    p = np.array([[5, 3, 8], [8, 4, 4]]) / 16
    assert float(rate.loss) == pytest.approx(16 * entropy(p), rel=1e-5)
    assert float(rate.bits.sum()) == pytest.approx(16 * entropy(p), rel=1e-5)


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.integers(2, 9))
def test_cross_entropy_of_p_and_q_bounds_the_entropy_from_above(seed: int, size: int) -> None:
    model = Histogram((size,), window=1, every=1, entropy="H(p,q)").train()
    symbols = random_symbols((size,), 40, seed)
    rate = model.rate(quantized(symbols, (size,), random_q((size,), seed)))
    assert float(rate.loss) >= 40 * entropy(model.probabilities().double().numpy()) - 1e-3


def test_gradients_reach_the_soft_histogram_alone() -> None:
    """d/dq of H(q, p) is -log2 p, of H(p, q) it is -p / (q ln 2), each times the symbols of a group."""
    alphabet, n = (4, 3), 30
    symbols = random_symbols(alphabet, n, 3)
    for name in ("H(q,p)", "H(p,q)"):
        model = Histogram(alphabet, window=1, every=1, entropy=name).train()
        q = random_q(alphabet, 4).requires_grad_()
        rate = model.rate(quantized(symbols, alphabet, q))
        assert not rate.bits.requires_grad
        rate.loss.backward()
        assert q.grad is not None
        p = model.probabilities()
        assert not p.requires_grad
        for group, size in enumerate(alphabet):
            row, weights = p[group, :size], q.detach()[group, :size]
            expected = -row.log2() if name == "H(q,p)" else -row / (weights * math.log(2))
            torch.testing.assert_close(q.grad[group, :size], n * expected, rtol=1e-4, atol=1e-4)
    assert not list(model.parameters())


def test_unseen_symbols_and_vanished_assignments_have_a_finite_price() -> None:
    for name in ("H(q,p)", "H(p,q)"):
        model = Histogram((3,), window=1, every=1, entropy=name).train()
        q = torch.tensor([[1.0, 0.0, 0.0]], requires_grad=True)
        rate = model.rate(quantized(torch.tensor([[2, 2, 1]]), (3,), q))
        rate.loss.backward()
        assert rate.loss.isfinite()
        assert q.grad is not None
        assert q.grad.isfinite().all()


def test_without_a_soft_histogram_the_loss_is_the_price() -> None:
    model = Histogram((3, 3), window=1, every=1).train()
    rate = model.rate(quantized(random_symbols((3, 3), 20, 5), (3, 3)))
    assert float(rate.loss) == pytest.approx(float(rate.bits.sum()))


def test_evaluation_learns_nothing() -> None:
    model = Histogram((4,), window=3, every=1).train()
    model.rate(quantized(random_symbols((4,), 20, 0), (4,)))
    before = model.probabilities()
    model.eval()
    for seed in range(5):
        model.rate(quantized(random_symbols((4,), 20, seed), (4,)))
    assert torch.equal(model.probabilities(), before)


@pytest.mark.parametrize("batches_before", [0, 1, 5])
def test_fill_is_a_window_of_the_same_batch(batches_before: int) -> None:
    alphabet, window = (4, 2), 3
    model = Histogram(alphabet, window=window, every=2).train()
    for seed in range(batches_before):
        model.rate(quantized(random_symbols(alphabet, 10, seed), alphabet))
    start = random_symbols(alphabet, 50, 100)
    model.fill(start, batches=1)
    kept: deque[list[list[int]]] = deque([start.tolist()] * window, maxlen=window)
    for step in range(8):
        for row, expected in zip(model.probabilities(), reference_pmf(list(kept), alphabet), strict=True):
            np.testing.assert_allclose(row[: len(expected)].numpy(), expected, rtol=1e-5)
        batch = random_symbols(alphabet, 20, 200 + step)
        if step % 2 == 0:
            kept.append(batch.tolist())
        model.rate(quantized(batch, alphabet))


@settings(max_examples=40)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 9))
def test_state_continues_exactly_where_it_was_saved(window: int, every: int, saved_after: int) -> None:
    alphabet = (5, 3)
    batches = [random_symbols(alphabet, 12, seed) for seed in range(saved_after + 10)]
    model = Histogram(alphabet, window=window, every=every).train()
    for batch in batches[:saved_after]:
        model.rate(quantized(batch, alphabet))
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    resumed = Histogram(alphabet, window=window, every=every).train()
    resumed.load_state_dict(torch.load(file, weights_only=True))
    for batch in batches[saved_after:]:
        ours, theirs = (m.rate(quantized(batch, alphabet)) for m in (model, resumed))
        assert torch.equal(ours.bits, theirs.bits)
        assert torch.equal(model.probabilities(), resumed.probabilities())


def test_counts_of_symbols() -> None:
    symbols = torch.tensor([[[0, 2], [2, 2]], [[1, 1], [0, 1]]])
    assert count_symbols(symbols, 4).tolist() == [[1, 0, 3, 0], [1, 3, 0, 0]]


@settings(max_examples=30)
@given(alphabets, st.integers(0, 200), st.integers(0, 2**31), st.integers(1, 2))
def test_coder_writes_what_the_model_prices(alphabet: tuple[int, ...], n: int, seed: int, depth: int) -> None:
    model = Histogram(alphabet, window=1, every=1).train()
    model.rate(quantized(random_symbols(alphabet, 300, seed), alphabet))
    symbols = random_symbols(alphabet, n, seed + 1, depth)
    coder = model.coder()
    data = coder.encode(symbols.numpy())
    assert np.array_equal(coder.decode(data, tuple(symbols.shape)), symbols.numpy())
    estimated = float(model.eval().rate(quantized(symbols, alphabet)).bits.sum())
    assert coder.bits(symbols.numpy()) == pytest.approx(estimated, rel=0.02, abs=1)
    assert estimated * 0.98 - 1 <= 8 * len(data) <= estimated * 1.02 + 65


def test_coded_size_of_many_symbols_is_the_estimate() -> None:
    alphabet = (13,) * 8
    model = Histogram(alphabet, window=1, every=1).train()
    symbols = random_symbols(alphabet, 4000, 0)
    rate = model.rate(quantized(symbols, alphabet))
    assert 8 * len(model.coder().encode(symbols.numpy())) == pytest.approx(float(rate.bits.sum()), rel=2e-3)


@pytest.mark.parametrize("wrong", [{"window": 0}, {"every": 0}, {"entropy": "H(q)"}])
def test_arguments_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Histogram((3,), **wrong)


def test_a_filled_window_gives_way_to_real_batches_one_for_one() -> None:
    """Four batches fill every slot with their mean, so that after half the window both weigh the same."""
    start, later = torch.zeros(1, 40, dtype=torch.int64), torch.ones(1, 10, dtype=torch.int64)
    model = Histogram((2,), window=4, every=1).train()
    model.fill(start, batches=4)
    for _ in range(2):
        model.rate(Quantized(z_hat=torch.zeros(1, 10, 1), symbols=later, alphabet=(2,)))
    assert model.probabilities()[0].tolist() == pytest.approx([0.5, 0.5])


@settings(max_examples=60)
@given(alphabets, st.integers(1, 5), st.integers(1, 5), st.integers(1, 12), st.integers(0, 4), st.integers(0, 99))
def test_a_shorter_window_takes_over_the_latest_batches(
    alphabet: tuple[int, ...], window: int, dropped: int, seen: int, later: int, seed: int
) -> None:
    """As if it had been the shorter one all along, then and afterwards."""
    long, short = (Histogram(alphabet, window=slots, every=1).train() for slots in (window + dropped, window))
    batches = [random_symbols(alphabet, 4, seed + i) for i in range(max(seen, window) + later)]
    for symbols in batches[: max(seen, window)]:
        long.rate(quantized(symbols, alphabet))
    short.load_state_dict(long.state_dict())
    assert short.state_dict()["counts"].shape[0] == window
    for end in range(max(seen, window), len(batches) + 1):
        kept = [symbols.tolist() for symbols in batches[end - window : end]]
        np.testing.assert_allclose(flatten(short, alphabet), reference_pmf_flat(kept, alphabet), rtol=1e-5)
        if end < len(batches):
            short.rate(quantized(batches[end], alphabet))


@settings(max_examples=40)
@given(alphabets, st.integers(1, 4), st.integers(1, 3), st.integers(1, 9), st.integers(0, 99))
def test_a_longer_window_starts_with_the_same_prices(
    alphabet: tuple[int, ...], window: int, times: int, seen: int, seed: int
) -> None:
    """The batches known are repeated; another batch then weighs as much as its share of the longer window."""
    short = Histogram(alphabet, window=window, every=1).train()
    batches = [random_symbols(alphabet, 4, seed + i) for i in range(seen + 1)]
    for symbols in batches[:seen]:
        short.rate(quantized(symbols, alphabet))
    known = [symbols.tolist() for symbols in batches[max(0, seen - window) : seen]]
    long = Histogram(alphabet, window=(times + 1) * len(known), every=1).train()
    if long.window == window:
        return
    long.load_state_dict(short.state_dict())
    np.testing.assert_allclose(flatten(long, alphabet), reference_pmf_flat(known, alphabet), rtol=1e-5)
    long.rate(quantized(batches[seen], alphabet))
    kept = [*(known * (times + 1))[1:], batches[seen].tolist()]
    np.testing.assert_allclose(flatten(long, alphabet), reference_pmf_flat(kept, alphabet), rtol=1e-5)


def test_an_empty_window_of_another_length_stays_empty() -> None:
    model = Histogram((2, 3), window=5)
    model.load_state_dict(Histogram((2, 3), window=2).state_dict())
    assert int(model.seen) == 0
    assert model.probabilities().tolist() == [[0.5, 0.5, 0.0], pytest.approx([1 / 3] * 3)]


def test_other_alphabets_are_refused_whatever_the_window() -> None:
    old = Histogram((2, 4), window=2).train()
    old.rate(quantized(torch.zeros(2, 3, dtype=torch.int64), (2, 4)))
    with pytest.raises(RuntimeError, match="size mismatch"):
        Histogram((2, 3), window=5).load_state_dict(old.state_dict())


def flatten(model: Histogram, alphabet: tuple[int, ...]) -> list[float]:
    rows = zip(model.probabilities().tolist(), alphabet, strict=True)
    return [value for row, size in rows for value in row[:size]]


def reference_pmf_flat(window: list[list[list[int]]], alphabet: tuple[int, ...]) -> list[float]:
    return [value for row in reference_pmf(window, alphabet) for value in row]
