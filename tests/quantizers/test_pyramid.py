import math

import numpy as np
import pytest
import torch
from pyramid_reference import count, decode
from torch import Tensor

from compressible.quantizers import Pyramid
from compressible.rates import Histogram, Uniform


def sample(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def test_symbols_by_hand() -> None:
    """Four directions, four gains: the middles of the octaves from 1 to 16."""
    made = Pyramid(2, 2, pulses=1, gain_levels=4).eval()
    made.initialise(torch.tensor([[[1.0, 0.0], [0.0, -16.0]], [[10.0, 0.0], [96.0, 128.0]]]))
    assert made.alphabet == (4, 4, 4, 4), "index and gain of the first group, and of the second"
    z = torch.tensor([[[3.0, 1.0], [0.0, 9.0]], [[-12.0, 3.0], [1.0, -90.0]]])
    expected = torch.tensor([[0, 1], [1, 3], [3, 2], [0, 3]])
    assert torch.equal(made.symbols(z), expected)
    g = torch.tensor([[2**1.5, 2**3.5], [10 * 2**0.5, 10 * 2**3.5]])
    torch.testing.assert_close(
        made.dequantize(expected),
        torch.tensor([[[g[0, 0], 0], [0, g[0, 1]]], [[-g[1, 0], 0], [0, -g[1, 1]]]]),
    )


@pytest.mark.parametrize(("dimension", "pulses", "parts"), [(3, 2, 1), (4, 11, 1), (16, 8, 3), (16, 40, 5)])
def test_every_stream_fits_the_tables_of_a_symbol_model(dimension: int, pulses: int, parts: int) -> None:
    made = Pyramid(2, dimension, pulses=pulses, gain_levels=20).eval()
    size = parts + 1
    assert len(made.alphabet) == 2 * size
    assert made.alphabet[parts::size] == (20, 20)
    assert max(made.alphabet) <= 4096
    out = made(sample(2, 30, dimension))
    flat = sum(math.log2(made.alphabet[i]) for i in range(parts))
    assert math.log2(count(dimension, pulses)) <= flat + 1e-9 < math.log2(count(dimension, pulses)) + 0.04

    for model in (Uniform(made.alphabet), Histogram(made.alphabet, window=1, every=1)):
        model.rate(out)
        coder = model.coder()
        read = coder.decode(coder.encode(out.symbols.numpy()), tuple(out.symbols.shape))
        assert np.array_equal(read, out.symbols.numpy())
        assert torch.equal(made.dequantize(torch.from_numpy(read)), out.z_hat)


def test_gains_stay_in_use_while_lengths_drift() -> None:
    made = Pyramid(1, 4, pulses=2, gain_levels=8, decay=0.9)
    made.initialise(sample(1, 500, 4))
    for step in range(400):
        made.train()(sample(1, 500, 4) * 1.01**step)
    z = sample(1, 500, 4) * 1.01**400
    used = made.eval()(z).symbols[-1].unique().numel()
    assert used == 8
    levels = made.gains.levels.clone()
    made(z * 100)
    assert torch.equal(made.gains.levels, levels), "in evaluation nothing moves"


def test_decoded_vectors_are_gains_times_directions() -> None:
    made = Pyramid(2, 16, pulses=40).eval()
    z = sample(2, 50, 16)
    made.initialise(z)
    symbols = made.symbols(z)
    decoded = made.dequantize(symbols).numpy()
    symbols = symbols.view(2, -1, 50)
    base = made.parts.base
    for group in range(2):
        for i in range(50):
            *digits, gain = symbols[group, :, i].tolist()
            index = 0
            for digit in digits:
                index = index * base + digit
            y = np.array(decode(index, 16, 40))
            expected = float(made.gains.levels[group, gain]) * y / np.linalg.norm(y)
            np.testing.assert_allclose(decoded[group, i], expected, rtol=1e-6, atol=1e-6)
            cosine = (y * z[group, i].numpy()).sum() / np.linalg.norm(y) / float(z[group, i].norm())
            assert cosine > 0.97


@pytest.mark.parametrize(("dimension", "pulses"), [(1, 1), (5, 3), (16, 8)])
def test_gains_are_off_by_half_a_step_at_most(dimension: int, pulses: int) -> None:
    made = Pyramid(1, dimension, pulses=pulses, gain_levels=12).eval()
    z = sample(1, 500, dimension)
    made.initialise(z)
    lengths, decoded = (vectors.double().norm(dim=-1)[0].log2() for vectors in (z, made(z).z_hat))
    ordered = lengths.sort().values
    step = float(ordered[-1] - ordered[5]) / 12
    assert float((lengths - decoded).abs()[lengths >= ordered[5]].max()) <= step / 2 + 1e-5


def test_loss_and_gradient_by_hand() -> None:
    made = Pyramid(1, 2, pulses=1, gain_levels=1, commitment=0.25, decay=1.0).train()
    made.initialise(torch.tensor([[[1.0, 0.0], [4.0, 0.0]]]))
    z = torch.tensor([[[1.5, 0.5], [0.0, -3.0]]], requires_grad=True)
    q = torch.tensor([[[2.0, 0.0], [0.0, -2.0]]])
    out = made(z)
    torch.testing.assert_close(out.z_hat, q)
    assert torch.equal(out.z_hat, made.dequantize(out.symbols)), "to the last bit"
    assert out.loss is not None
    # Squared errors: 0.25 + 0.25 + 1, of 4 entries.
    assert float(out.loss) == pytest.approx(0.25 * 1.5 / 4)
    weight = sample(1, 2, 2)
    ((out.z_hat * weight).sum() + out.loss).backward()
    torch.testing.assert_close(z.grad, weight + 0.25 * 2 / 4 * (z.detach() - q))


def test_zero_and_what_is_not_a_number() -> None:
    made = Pyramid(1, 3, pulses=4, gain_levels=8)
    assert made.symbols(torch.tensor([[[0.0, 0.0, 0.0], [math.nan] * 3]])).tolist() == [[0, 0], [0, 0]]
    z = torch.tensor([[[0.0, math.inf, 1.0], [math.nan, 0.0, -2.0]]])
    finite = torch.tensor([[[0.0, 3e38, 0.0], [0.0, 0.0, -2.0]]])
    assert torch.equal(made.symbols(z), made.symbols(finite))
    assert torch.equal(
        made.dequantize(torch.zeros(2, 1, dtype=torch.int64)), made.gains.levels[0, 0] * torch.eye(1, 3)[None]
    )


def test_parts_of_no_index_are_refused() -> None:
    made = Pyramid(2, 16, pulses=8, gain_levels=4)
    last = made.parts.split(torch.tensor([count(16, 8) - 1]))
    symbols = torch.cat([last, torch.zeros(1, 1, dtype=torch.int64)]).repeat(2, 1)
    last_codeword = torch.tensor([-1.0] * 8 + [0.0] * 8)
    assert torch.equal(made.dequantize(symbols).sign(), last_codeword.expand(2, 1, 16))
    beyond = symbols.clone()
    beyond[6] += 1  # the last digit of the second group, which stays inside its alphabet
    assert int(beyond[6]) < made.alphabet[6]
    with pytest.raises(ValueError, match="symbols must be the parts of an index"):
        made.dequantize(beyond)


def test_symbols_in_parts_depend_on_their_own_vector_alone() -> None:
    made = Pyramid(2, 16, pulses=40).eval()
    z = sample(2, 40, 16)
    together = made.symbols(z)
    alone = [made.symbols(z[:, i : i + 1]) for i in range(40)]
    assert torch.equal(torch.cat(alone, dim=1), together)
    assert torch.equal(made.symbols(made.dequantize(together)), together)


def test_its_state_is_its_gains() -> None:
    made = Pyramid(3, 4, gain_levels=5)
    assert {key: tuple(value.shape) for key, value in made.state_dict().items()} == {"gains.levels": (3, 5)}


@pytest.mark.parametrize(
    "wrong", [{"pulses": 0}, {"gain_levels": 0}, {"commitment": -1.0}, {"decay": 1.5}, {"pulses": 60}]
)
def test_impossible_values_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Pyramid(groups=1, dimension=16, **wrong)
