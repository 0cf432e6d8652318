import math

import numpy as np
import pytest
import torch
from scipy.cluster.vq import kmeans2
from torch import Tensor

from compressible.quantizers.codebook import Codebook, Update
from compressible.quantizers.nearest_code import nearest_code

UPDATES: tuple[Update, ...] = ("ema", "gradient", "both")


def codebook(
    codes: Tensor, update: Update = "ema", decay: float = 0.9, epsilon: float = 1e-5, threshold: float = 0.0
) -> Codebook:
    """One with these codes, (groups, K, d)."""
    groups, size, dimension = codes.shape
    made = Codebook(groups, dimension, size, update, decay, epsilon, threshold)
    made.place(codes)
    return made


def clusters(n: int, d: int, seed: int = 0) -> Tensor:
    """Five of unequal size, (1, n, d)."""
    generator = torch.Generator().manual_seed(seed)
    means = 3 * torch.randn(5, d, generator=generator)
    pick = torch.randint(25, (n,), generator=generator).sqrt().long()
    return (means[pick] + torch.randn(n, d, generator=generator))[None]


@pytest.mark.parametrize("epsilon", [0.0, 1e-5])
def test_without_memory_a_step_is_one_of_k_means(epsilon: float) -> None:
    z = clusters(400, 3)
    start = z[:, :8]
    made = codebook(start, decay=0.0, epsilon=epsilon)
    data = z[0].double().numpy()
    moved, labels = [], np.zeros(0)
    for steps in range(1, 60):
        before = made.codes.clone()
        made.learn(z, nearest_code(z, made.codes))
        expected, labels = kmeans2(data, start[0].double().numpy(), iter=steps, minit="matrix")
        np.testing.assert_allclose(made.codes[0].numpy(), expected, rtol=1e-4, atol=1e-4)
        moved.append(float((made.codes - before).abs().max()))
    assert len(np.unique(labels)) == 8
    assert moved[0] > 0.1
    assert moved[-1] < 1e-4, "and it ends where k-means does"


def test_many_steps_are_the_published_recursion() -> None:
    """With moving sums that are kept, in float64: N and m of appendix A.1, and the smoothing of the authors' code."""
    groups, size, d, decay, epsilon = 2, 5, 3, 0.8, 0.3
    generator = torch.Generator().manual_seed(1)
    codes = torch.randn(groups, size, d, generator=generator)
    made = codebook(codes, decay=decay, epsilon=epsilon)

    def smoothed(count: np.ndarray) -> np.ndarray:
        total = count.sum(1, keepdims=True)
        return ((count + epsilon) / (total + size * epsilon) * total)[..., None]

    count = np.ones((groups, size))
    moment = codes.double().numpy() * smoothed(count)
    for _ in range(12):
        z = torch.randn(groups, 20, d, generator=generator)
        symbols = torch.randint(size - 1, (groups, 20), generator=generator)  # the last code is never chosen
        number, total = np.zeros((groups, size)), np.zeros((groups, size, d))
        for group in range(groups):
            for vector, symbol in zip(z[group].double().numpy(), symbols[group].tolist(), strict=True):
                number[group, symbol] += 1
                total[group, symbol] += vector
        count = decay * count + (1 - decay) * number
        moment = decay * moment + (1 - decay) * total
        made.learn(z, symbols)
        np.testing.assert_allclose(made.counts.numpy(), count, rtol=1e-5)
        np.testing.assert_allclose(made.codes.numpy(), moment / smoothed(count), rtol=1e-4, atol=1e-5)


def test_smoothing_by_hand() -> None:
    """N = (1, 1), m = (1, 3); three vectors of sum 12 choose the first code."""
    made = codebook(torch.tensor([[[1.0], [3.0]]]), decay=0.5, epsilon=1.0)
    made.learn(torch.tensor([[[2.0], [4.0], [6.0]]]), torch.zeros(1, 3, dtype=torch.int64))
    assert made.counts.tolist() == [[2.0, 0.5]]
    # m = (6.5, 1.5), S = 2.5 / 4.5 * (3, 1.5).
    torch.testing.assert_close(made.codes, torch.tensor([[[3.9], [1.8]]]))


def test_a_code_that_nobody_ever_chose_stays_where_it_is() -> None:
    made = codebook(torch.tensor([[[1.0], [50.0]]]), decay=0.0)
    for value in (2.0, 3.0):
        made.learn(torch.full((1, 4, 1), value), torch.zeros(1, 4, dtype=torch.int64))
        torch.testing.assert_close(made.codes, torch.tensor([[[value], [50.0]]]))


def test_no_vectors_teach_nothing() -> None:
    for threshold in (0.0, 1.0):
        codes = torch.randn(2, 3, 2)
        made = codebook(codes, threshold=threshold)
        made.learn(torch.zeros(2, 0, 2), torch.zeros(2, 0, dtype=torch.int64))
        torch.testing.assert_close(made.codes, codes, rtol=1e-4, atol=0)


def test_gradient_alone_leaves_codes_to_the_optimizer() -> None:
    codes = torch.randn(1, 3, 2)
    made = codebook(codes, "gradient", decay=0.5)
    assert [name for name, _ in made.named_parameters()] == ["codes"]
    made.learn(torch.randn(1, 5, 2), torch.zeros(1, 5, dtype=torch.int64))
    assert torch.equal(made.codes, codes)
    assert made.counts.tolist() == [[3.0, 0.5, 0.5]], "and counts all the same"
    assert not list(codebook(codes, "ema").parameters())


def test_means_go_on_from_where_an_optimizer_left_the_codes() -> None:
    """Moving sums of their own would draw the code back to where it was."""
    made = codebook(torch.tensor([[[1.0], [5.0]]]), "both", decay=0.75, epsilon=0.0)
    with torch.no_grad():
        made.codes += 10.0
    made.learn(torch.tensor([[[3.0]]]), torch.zeros(1, 1, dtype=torch.int64))
    torch.testing.assert_close(made.codes.detach(), torch.tensor([[[0.75 * 11 + 0.25 * 3], [15.0]]]))


@pytest.mark.parametrize("update", UPDATES)
def test_a_code_that_nobody_chooses_is_replaced_and_stays(update: Update) -> None:
    """The count it gets outlives the next steps, and no old sum draws it back."""
    z = clusters(300, 2)
    far = torch.tensor([[[0.0, 0.0], [1e3, 1e3]]])
    made = codebook(far, update, decay=0.99, threshold=1.0)
    nobody = torch.zeros(1, z.shape[1], dtype=torch.int64)
    # A new code counts for 2 vectors, and 2 * 0.99^69 is the first below 1.
    assert 2 * 0.99**68 > 1 > 2 * 0.99**69
    for _ in range(68):
        made.learn(z, nobody)
    torch.testing.assert_close(made.codes[0, 1].detach(), far[0, 1], rtol=1e-3, atol=0)
    made.learn(z, nobody)
    revived = made.codes[0, 1].detach().clone()
    assert (z[0] == revived).all(1).any(), "it is a vector of the batch"
    for _ in range(68):
        made.learn(z + 1, nobody)
        torch.testing.assert_close(made.codes[0, 1].detach(), revived, rtol=1e-3, atol=1e-3)


def test_replacements_are_different_vectors_of_each_groups_own() -> None:
    z = torch.randn(2, 30, 3, generator=torch.Generator().manual_seed(0))
    made = codebook(torch.zeros(2, 20, 3), decay=0.0, threshold=1.0)
    made.learn(z, torch.zeros(2, 30, dtype=torch.int64))
    for group in (0, 1):
        replaced = made.codes[group, 1:]
        assert len(replaced.unique(dim=0)) == 19
        assert (replaced[:, None] == z[group]).all(-1).any(1).all()
        torch.testing.assert_close(made.codes[group, 0], z[group].mean(0), rtol=1e-4, atol=1e-4)
    assert torch.equal(made.counts, torch.tensor([[30.0] + 19 * [2.0]] * 2))


def test_few_vectors_replace_many_codes() -> None:
    z = torch.tensor([[[1.0], [2.0], [3.0]]])
    made = codebook(torch.zeros(1, 7, 1), "gradient", decay=0.0, threshold=4.0)
    made.learn(z, torch.zeros(1, 3, dtype=torch.int64))
    values, counts = made.codes.detach().unique(return_counts=True)
    assert values.tolist() == [1.0, 2.0, 3.0]
    assert sorted(counts.tolist()) == [2, 2, 3]


def test_a_threshold_of_zero_replaces_nothing() -> None:
    made = codebook(torch.tensor([[[0.0], [100.0]]]), decay=0.0, threshold=0.0)
    for _ in range(3):
        made.learn(torch.randn(1, 9, 1), torch.zeros(1, 9, dtype=torch.int64))
    assert made.codes[0, 1] == 100.0


@pytest.mark.parametrize("threshold", [0.0, 1.0])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_vectors_that_overflowed_are_left_out(threshold: float, value: float) -> None:
    z = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [value, 0.0]]])
    made = codebook(torch.ones(1, 2, 2), decay=0.0, threshold=threshold)
    made.learn(z, torch.zeros(1, 3, dtype=torch.int64))
    assert made.counts[0, 0] == 2.0
    torch.testing.assert_close(made.codes[0, 0], torch.tensor([2.0, 4.0]), rtol=1e-4, atol=0)
    for _ in range(20):
        made.learn(z, torch.zeros(1, 3, dtype=torch.int64))
        assert made.codes.isfinite().all(), "nor does one replace a code"


def test_vectors_left_out_of_one_group_are_nothing_to_the_others() -> None:
    z = torch.tensor([[[math.nan], [4.0]], [[6.0], [8.0]], [[5.0], [-math.inf]]])
    made = codebook(torch.ones(3, 2, 1), decay=0.0, epsilon=0.0)
    made.learn(z, torch.tensor([[0, 1], [0, 0], [1, 0]]))
    assert made.counts.tolist() == [[0.0, 1.0], [2.0, 0.0], [0.0, 1.0]]
    assert made.codes.tolist() == [[[1.0], [4.0]], [[7.0], [1.0]], [[1.0], [5.0]]]


@pytest.mark.parametrize(
    "wrong",
    [{"size": 0}, {"update": "eam"}, {"decay": 1.0}, {"decay": -0.1}, {"epsilon": -1.0}, {"revival_threshold": -1.0}],
)
def test_impossible_values_are_refused(wrong: dict) -> None:
    possible = {"size": 3, "update": "ema", "decay": 0.9, "epsilon": 1e-5, "revival_threshold": 1.0}
    name = {"size": "codes"}.get(next(iter(wrong)), next(iter(wrong)))
    with pytest.raises(ValueError, match=name):
        Codebook(1, 2, **possible | wrong)
