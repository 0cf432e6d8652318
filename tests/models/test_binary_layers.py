import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.models.binary_layers import BinaryConv2d, BinaryLinear, sign
from compressible.models.offset_norm import OffsetNorm


@given(st.lists(st.floats(-3, 3, width=32), min_size=1, max_size=20))
def test_a_sign_is_a_sign_and_its_gradient_that_of_the_identity_within_one(values: list[float]) -> None:
    x = torch.tensor(values, requires_grad=True)
    y = sign(x)
    y.backward(torch.arange(1.0, len(values) + 1))
    assert y.tolist() == [-1.0 if value < 0 else 1.0 for value in values]
    assert x.grad is not None
    assert x.grad.tolist() == [i + 1 if abs(value) <= 1 else 0 for i, value in enumerate(values)]


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("activation", ["none", "sign", "relu"])
@pytest.mark.parametrize(("stride", "input_side"), [(1, 7), (2, 7), (1, 3)])
def test_a_convolution_by_loops(binary: bool, activation: str, stride: int, input_side: int) -> None:
    torch.manual_seed(0)
    layer = BinaryConv2d(2, 3, 3, stride, binary, activation)  # pyright: ignore[reportArgumentType]
    x = torch.randn(2, 2, input_side, input_side)
    weights, given_ = layer.stored.detach().numpy(), x.numpy()
    weights = np.where(weights < 0, -1, 1) if binary else weights
    used = {"none": given_, "sign": np.where(given_ < 0, -1, 1), "relu": np.maximum(given_, 0)}[activation]
    out = layer(x).detach().numpy()
    side = (input_side - 3) // stride + 1
    assert out.shape == (2, 3, side, side)
    for place in np.ndindex(*out.shape):
        i, o, row, column = place
        top, left = row * stride, column * stride
        piece = used[i, :, top : top + 3, left : left + 3]
        assert out[place] == pytest.approx(float((piece * weights[o]).sum()), abs=1e-5)
    assert {name for name, _ in layer.named_parameters()} == {"latent" if binary else "weight"}


def test_a_dense_layer_is_a_product_of_signs() -> None:
    torch.manual_seed(0)
    layer, x = BinaryLinear(12, 5), torch.randn(4, 3, 2, 2)
    expected = np.sign(x.numpy().reshape(4, 12)) @ np.sign(layer.stored.detach().numpy()).T
    assert np.array_equal(layer(x).detach().numpy(), expected)


def test_integers_are_taken_too() -> None:
    layer = BinaryLinear(4, 2)
    signs = torch.tensor([[1, -1, -1, 1]], dtype=torch.int8)
    assert torch.equal(layer(signs), layer(signs.float()))


def test_an_activation_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="none, sign, relu"):
        BinaryLinear(4, 2, activation="tanh")  # pyright: ignore[reportArgumentType]


def test_normalisation_by_hand() -> None:
    """While training by the batch, then by the running statistics, a hundredth of the way to which each batch moves."""
    torch.manual_seed(0)
    norm = OffsetNorm(3)
    torch.nn.init.normal_(norm.offset)
    x = torch.randn(8, 3, 5, 5) * 4 + 2
    mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
    offset = norm.offset.detach()[:, None, None]
    expected = (x - mean[:, None, None]) / (variance[:, None, None] + 1e-3).sqrt() + offset
    torch.testing.assert_close(norm(x).detach(), expected)
    torch.testing.assert_close(norm.mean, 0.01 * mean)
    torch.testing.assert_close(norm.variance, 0.99 + 0.01 * x.var((0, 2, 3)))
    norm.eval()
    expected = (x - norm.mean[:, None, None]) / (norm.variance[:, None, None] + 1e-3).sqrt() + offset
    torch.testing.assert_close(norm(x).detach(), expected)
    torch.testing.assert_close(norm(x[:, :, 0, 0]).detach(), expected[:, :, 0, 0])
