from functools import partial

import pytest
import torch
from torch import Tensor, nn

from compressible.models import Bottleneck, CompressiveAutoencoder
from compressible.partitions import Partition, Patches, Positions
from compressible.quantizers import Identity, Scalar, SoftToHard

SMALL = {"channels": 3, "widths": (4, 6), "blocks": (0, 1)}
DEEP = {"channels": 3, "widths": (4, 4, 6), "blocks": (0, 1, 2), "kernel": 3, "upsampling": "subpixel"}


def build(
    channels: int,
    partition: Partition | None = None,
    quantizer: partial | None = None,
    **sizes: object,
) -> CompressiveAutoencoder:
    torch.manual_seed(0)
    quantizer = quantizer or partial(SoftToHard, centers=7)
    bottleneck = Bottleneck(channels, partition or Patches(2, 2), quantizer)
    return CompressiveAutoencoder(channels, bottleneck, **sizes)  # pyright: ignore[reportArgumentType]


def pictures(b: int, h: int, w: int) -> Tensor:
    return torch.rand(b, 3, h, w, generator=torch.Generator().manual_seed(1))


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_papers_variant_has_the_parameters_of_its_layers() -> None:
    def convolution(before: int, after: int, kernel: int) -> int:
        return before * after * kernel * kernel + after

    residual_block = 2 * convolution(128, 128, 3)
    encoder = convolution(3, 64, 5) + convolution(64, 128, 5) + 3 * residual_block + convolution(128, 32, 5)
    decoder = convolution(32, 128, 5) + 3 * residual_block + convolution(128, 64, 5) + convolution(64, 3, 5)
    model = build(32, quantizer=partial(SoftToHard, centers=1000))
    assert count(model.encoder) == encoder == 1_197_728
    assert count(model.decoder) == decoder == 1_197_699
    assert count(model.bottleneck) == 1000 * 4
    assert count(model) == encoder + decoder + 4000
    assert model.stride == 8


@pytest.mark.parametrize(("sizes", "stride"), [(SMALL, 8), (DEEP, 16)])
def test_sides_shrink_by_the_stride_and_come_back(sizes: dict, stride: int) -> None:
    model = build(**sizes)
    assert model.stride == stride
    x = pictures(2, 3 * stride, 5 * stride)
    assert model.encode(x).shape == (2, 3, 3, 5)
    out = model(x)
    assert out.x_hat.shape == x.shape
    assert len(out.quantized) == len(model.bottlenecks) == 1


@pytest.mark.parametrize("sizes", [SMALL, DEEP])
@pytest.mark.parametrize("partition", [Patches(2, 2), Patches(1, 1), Patches(3, 2), Positions()])
@pytest.mark.parametrize(
    "quantizer",
    [partial(SoftToHard, centers=5), partial(SoftToHard, centers=5, shared=False), partial(Scalar, step=0.1), Identity],
)
def test_the_two_halves_make_the_whole(sizes: dict, partition: Partition, quantizer: partial) -> None:
    model = build(partition=partition, quantizer=quantizer, **sizes).eval()
    x = pictures(2, 3 * model.stride, 5 * model.stride)
    with torch.no_grad():
        out = model(x)
        symbols = model.symbols(x)
        assert len(symbols) == 1
        assert torch.equal(symbols[0], out.quantized[0].symbols)
        assert torch.equal(model.reconstruct(symbols, tuple(x.shape)), out.x_hat)


def test_pictures_of_a_batch_do_not_mix() -> None:
    model = build(**SMALL).eval()
    x = pictures(3, 16, 24)
    with torch.no_grad():
        together, alone = model(x).x_hat, torch.cat([model(x[i : i + 1]).x_hat for i in range(3)])
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-6)


def test_features_are_those_of_pixels_around_zero() -> None:
    """0..1 becomes -1..1 on the way in, and back on the way out."""
    model = build(**SMALL)
    x = pictures(1, 16, 16)
    assert torch.equal(model.encode(x), model.encoder(2 * x - 1))
    assert torch.equal(model.features(x)[0], model.encode(x))
    z = model.encode(x)
    assert torch.equal(model.decode(z), (model.decoder(z) + 1) / 2)


def test_bypass_lets_features_through() -> None:
    model = build(**SMALL).train()
    x = pictures(2, 16, 32)
    model.bottleneck.bypass = True
    out = model(x)
    assert torch.equal(out.x_hat, model.decode(model.encode(x)))
    assert out.quantized[0].alphabet == (2**32,) * 3
    out.x_hat.sum().backward()
    assert model.bottleneck.quantizer.centers.grad is None
    model.bottleneck.bypass = False
    assert not torch.equal(model(x).x_hat, out.x_hat)


@pytest.mark.parametrize("bypass", [True, False])
@pytest.mark.parametrize("active", [1, 2, 3])
def test_inactive_channels_are_zero_and_get_no_gradient(active: int, bypass: bool) -> None:
    model = build(quantizer=partial(Scalar, step=0.05), **SMALL).train()
    model.bottleneck.bypass = bypass
    model.bottleneck.active_channels = active
    z_hat, _ = model.bottleneck(model.encode(pictures(2, 16, 32)))
    assert (z_hat[:, active:] == 0).all()
    assert (z_hat[:, :active].flatten(2).abs().amax((0, 2)) > 0).all()
    model.decode(z_hat).square().sum().backward()
    gradient = model.encoder[-1].weight.grad
    assert isinstance(gradient, Tensor)
    assert (gradient[active:] == 0).all()
    assert (gradient[:active].flatten(1).abs().amax(1) > 0).all()


def test_gradients_reach_every_parameter() -> None:
    model = build(**DEEP).train()
    out = model(pictures(2, 32, 32))
    out.x_hat.square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_parameters_of_the_encoding_half_are_those_decoding_does_not_use() -> None:
    model = build(**SMALL).train()
    x = pictures(1, 16, 16)
    model.reconstruct(model.symbols(x), tuple(x.shape)).sum().backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is None) == name.startswith(model.encoder_parameters), name


def influence(model: CompressiveAutoencoder, decoding: bool, side: int, at: int) -> tuple[int, int]:
    """How many features away the first and last inputs lie that feature (or block of pixels) ``at`` depends on.

    By gradients in float64: of the features with respect to pixels, or of the pixels with respect to features.
    """
    stride = model.stride
    if decoding:
        z = torch.randn(1, model.channels, side, side, dtype=torch.float64, requires_grad=True)
        block = slice(at * stride, (at + 1) * stride)
        (gradient,) = torch.autograd.grad(model.decode(z)[:, :, block, block].sum(), z)
        columns = gradient.abs().amax((0, 1, 2)).nonzero().flatten()
    else:
        x = torch.rand(1, 3, side * stride, side * stride, dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(model.encode(x)[:, :, at, at].sum(), x)
        columns = gradient.abs().amax((0, 1, 2)).nonzero().flatten() // stride
    return at - int(columns.min()), int(columns.max()) - at


@pytest.mark.parametrize(
    "sizes",
    [
        SMALL,
        DEEP,
        SMALL | {"blocks": (0, 3)},
        SMALL | {"blocks": (2, 0), "kernel": 3},
        SMALL | {"kernel": 7, "upsampling": "subpixel"},
        SMALL | {"kernel": 1, "upsampling": "subpixel"},
        {"channels": 2, "widths": (4,), "blocks": (1,)},
        DEEP | {"blocks": (0, 1, 3)},
    ],
)
def test_nothing_matters_beyond_the_halo(sizes: dict) -> None:
    model = build(**sizes).double()
    at = model.halo + 1
    side = 2 * at + 1
    reach = [*influence(model, False, side, at), *influence(model, True, side, at)]
    assert max(reach) <= model.halo, "safe"
    assert model.halo <= max(reach) + 3, "and not wasteful"


def test_pieces_that_overlap_by_the_halo_give_the_whole() -> None:
    model = build(**SMALL).double().eval()
    halo, stride = model.halo, model.stride
    x = pictures(1, 8, (4 * halo + 3) * stride).double()
    with torch.no_grad():
        whole = model.encode(x)
        cut = 2 * halo + 1
        left = model.encode(x[..., : (cut + halo) * stride])[..., :cut]
        right = model.encode(x[..., (cut - halo) * stride :])[..., halo:]
        torch.testing.assert_close(torch.cat([left, right], -1), whole, rtol=0, atol=1e-12)
        left = model.decode(whole[..., : cut + halo])[..., : cut * stride]
        right = model.decode(whole[..., cut - halo :])[..., halo * stride :]
        torch.testing.assert_close(torch.cat([left, right], -1), model.decode(whole), rtol=0, atol=1e-12)


def test_stages_need_a_width_and_a_number_of_blocks_each() -> None:
    with pytest.raises(ValueError, match="widths and blocks"):
        build(3, widths=(4, 6), blocks=(1,))


def test_a_misspelt_upsampling_is_refused() -> None:
    with pytest.raises(ValueError, match="upsampling"):
        build(**SMALL | {"upsampling": "transpose"})
