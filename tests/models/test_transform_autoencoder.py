from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from compressible.models import BlockDct, Transform, TransformAutoencoder, Wavelet
from compressible.partitions import Patches, Positions, Slices
from compressible.quantizers import Identity, Perceptual, Pyramid, Scalar, jpeg_steps

TRANSFORMS = [BlockDct(8), BlockDct(3), Wavelet(1), Wavelet(2), Wavelet(3)]


def pixels(b: int, h: int, w: int) -> Tensor:
    return torch.randint(256, (b, 3, h, w), generator=torch.Generator().manual_seed(1))


def test_colours_are_pillows() -> None:
    """Blocks of one pixel are what they were; Pillow rounds, and has Cb and Cr around 128."""
    x = pixels(1, 40, 30)
    model = TransformAutoencoder(BlockDct(1), Positions(), Identity)
    picture = Image.fromarray(x[0].permute(1, 2, 0).byte().numpy()).convert("YCbCr")
    expected = np.asarray(picture).astype(float).transpose(2, 0, 1) - 128
    np.testing.assert_allclose(model.encode(x / 255)[0].numpy(), expected, atol=1.0)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_without_quantization_pixels_come_back(transform: Transform) -> None:
    model = TransformAutoencoder(transform, Patches(1, 1), Identity).eval()
    x = pixels(2, 3 * model.stride, 2 * model.stride)
    torch.testing.assert_close(255 * model(x / 255).x_hat, x.float(), atol=1e-2, rtol=0)


@pytest.mark.parametrize(
    ("transform", "partition", "quantizer"),
    [
        (BlockDct(8), Patches(1, 1), partial(Perceptual, steps=jpeg_steps(50))),
        (Wavelet(2), Patches(1, 1), partial(Scalar, levels=255, step=20.0)),
        (BlockDct(4), Slices(3), partial(Pyramid, pulses=5)),
    ],
)
def test_the_two_halves_make_the_whole(transform: Transform, partition: Patches, quantizer: partial) -> None:
    model = TransformAutoencoder(transform, partition, quantizer).eval()
    x = pixels(2, 3 * model.stride, 2 * model.stride) / 255
    model.initialise(x)
    out = model(x)
    (symbols,) = model.symbols(x)
    assert torch.equal(symbols, out.quantized[0].symbols)
    assert torch.equal(model.reconstruct((symbols,), tuple(x.shape)), out.x_hat)
    assert 0 < (out.x_hat - x).abs().mean() < 0.25


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_nothing_matters_beyond_the_halo(transform: Transform) -> None:
    """By gradients, in the middle of a picture: of coefficients to pixels, and of pixels to coefficients."""
    model = TransformAutoencoder(transform, Positions(), Identity).double()
    stride, at = model.stride, model.halo + 1
    places = 2 * at + 1
    x = torch.rand(1, 3, stride, places * stride, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(model.encode(x)[..., at].abs().sum(), x)
    seen = gradient.abs().amax((0, 1, 2)).nonzero().flatten() // stride
    z = torch.randn(1, model.channels, 1, places, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(model.decode(z)[..., at * stride : (at + 1) * stride].square().sum(), z)
    used = gradient.abs().amax((0, 1, 2)).nonzero().flatten()
    reach = max(int((places - at).abs().max()) for places in (seen, used))
    assert reach <= model.halo, "safe"
    assert model.halo <= reach + 2, "and not wasteful"
