from functools import partial

import pytest
import torch
from torch import Tensor, nn

from compressible.models import Bottleneck, LtcAutoencoder
from compressible.models.ltc_autoencoder import block, trunk
from compressible.partitions import Partition, Patches, Positions
from compressible.quantizers import Identity, SoftToHard

STRIDES = (2, 4, 8)


def build(
    downsampling: int,
    channels: int = 3,
    width: int = 8,
    groups: int = 1,
    partition: Partition | None = None,
    quantizer: partial | type | None = None,
) -> LtcAutoencoder:
    torch.manual_seed(0)
    quantizer = quantizer or partial(SoftToHard, centers=7, distance="euclidean", forward_value="hard")
    bottleneck = Bottleneck(channels, partition or Positions(), quantizer)
    return LtcAutoencoder(channels, bottleneck, downsampling, width, groups)


def pictures(b: int, h: int, w: int) -> Tensor:
    return torch.rand(b, 3, h, w, generator=torch.Generator().manual_seed(1))


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(("width", "groups"), [(128, 3), (64, 2)])
@pytest.mark.parametrize("downsampling", STRIDES)
def test_it_has_the_parameters_of_its_layers(downsampling: int, width: int, groups: int) -> None:
    """Biases in residual blocks alone, kernels of 4 where sides change, a normalisation after each convolution."""
    first, second, last = {2: (16, 9, 9), 4: (16, 9, 16), 8: (16, 16, 16)}[downsampling]
    half, channels = width // 2, 8
    kernels = 3 * half * first + half * width * second + width * channels * last
    residual = (3 * groups + 1) * 2 * (width * width * 9 + width + 2 * width)
    model = build(downsampling, channels, width, groups)
    assert count(model.encoder) == kernels + residual + 2 * (half + width + channels)
    assert count(model.decoder) == kernels + residual + 2 * (width + half + 3)
    assert count(model.bottleneck) == 7 * channels


def test_the_papers_network_by_hand() -> None:
    """10 blocks of 295,680; 3,072 + 73,728 + 9,216 weights in other kernels; 400 and 390 in other normalisations."""
    model = build(2, channels=8, width=128, groups=3)
    assert (count(model.encoder), count(model.decoder)) == (3_043_216, 3_043_206)


@pytest.mark.parametrize("downsampling", STRIDES)
def test_sides_shrink_by_the_stride_and_come_back(downsampling: int) -> None:
    model = build(downsampling)
    assert model.stride == downsampling
    x = pictures(2, 3 * downsampling, 5 * downsampling)
    assert model.features(x)[0].shape == (2, 3, 3, 5)
    out = model(x)
    assert out.x_hat.shape == x.shape
    assert out.x_hat.min() >= 0
    assert out.x_hat.max() <= 1
    assert len(out.quantized) == len(model.bottlenecks) == 1


@pytest.mark.parametrize("downsampling", STRIDES)
@pytest.mark.parametrize("partition", [Positions(), Patches(1, 1), Patches(2, 2)])
@pytest.mark.parametrize("quantizer", [partial(SoftToHard, centers=5), Identity])
def test_the_two_halves_make_the_whole(downsampling: int, partition: Partition, quantizer: partial) -> None:
    model = build(downsampling, partition=partition, quantizer=quantizer).eval()
    x = pictures(2, 3 * model.stride, 5 * model.stride)
    with torch.no_grad():
        out = model(x)
        symbols = model.symbols(x)
        assert len(symbols) == 1
        assert torch.equal(symbols[0], out.quantized[0].symbols)
        assert torch.equal(model.reconstruct(symbols, tuple(x.shape)), out.x_hat)


def test_pictures_of_a_batch_do_not_mix() -> None:
    model = build(4).eval()
    x = pictures(3, 16, 24)
    with torch.no_grad():
        together, alone = model(x).x_hat, torch.cat([model(x[i : i + 1]).x_hat for i in range(3)])
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("groups", [1, 2, 3])
def test_skips_on_three_levels(groups: int) -> None:
    """With branches that are zero a block passes x on, a group makes 2 x, and the trunk x + 2^groups x."""
    whole = trunk(4, groups).eval()
    for parameter in whole.parameters():
        nn.init.zeros_(parameter)
    x = torch.randn(1, 4, 5, 5)
    torch.testing.assert_close(whole(x), (1 + 2**groups) * x)


@pytest.mark.parametrize(("position", "affine"), [(0, False), (-1, True)])
def test_the_last_block_has_no_activation(position: int, affine: bool) -> None:
    """Then f(x) + f(-x) is 2 f(0)."""
    torch.manual_seed(0)
    layers = trunk(4, 1).eval()[position]
    x = torch.randn(1, 4, 5, 5)
    difference = layers(x) + layers(-x) - 2 * layers(torch.zeros_like(x))
    assert (difference.abs().max() < 1e-5) == affine


def test_a_block_by_its_definition() -> None:
    torch.manual_seed(0)
    residual = block(4, nn.ReLU()).eval()
    x = torch.randn(2, 4, 6, 6)
    first, _, _, second, _ = residual
    # Fresh normalisations divide by sqrt(1 + 1e-5).
    scale = (1 + 1e-5) ** -0.5
    expected = x + second((first(x) * scale).clamp(min=0)) * scale
    torch.testing.assert_close(residual(x), expected)


@pytest.mark.parametrize("downsampling", STRIDES)
def test_gradients_reach_every_parameter(downsampling: int) -> None:
    model = build(downsampling).train()
    model(pictures(4, 32, 32)).x_hat.square().sum().backward()
    drowned = {
        f"{name}.bias" for name, module in model.named_modules() if isinstance(module, nn.Conv2d)
    }  # by the normalisation after it, which takes the mean away
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert name in drowned or parameter.grad.abs().max() > 0, name


def test_parameters_of_the_encoding_half_are_those_decoding_does_not_use() -> None:
    model = build(4).train()
    x = pictures(2, 16, 16)
    model.reconstruct(model.symbols(x), tuple(x.shape)).sum().backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is None) == name.startswith(model.encoder_parameters), name


def influence(model: LtcAutoencoder, decoding: bool, side: int, at: int) -> tuple[int, int]:
    """How many features away the first and last inputs lie that feature (or block of pixels) ``at`` depends on.

    By gradients in float64: of the features with respect to pixels, or of the pixels with respect to features.
    """
    stride = model.stride
    if decoding:
        z = torch.randn(1, model.channels, side, side, dtype=torch.float64, requires_grad=True)
        pixels = slice(at * stride, (at + 1) * stride)
        # Before they are clamped, which would hide some.
        (gradient,) = torch.autograd.grad(model.decoder(z)[:, :, pixels, pixels].sum(), z)
        columns = gradient.abs().amax((0, 1, 2)).nonzero().flatten()
    else:
        x = torch.rand(1, 3, side * stride, side * stride, dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(model.features(x)[0][:, :, at, at].sum(), x)
        columns = gradient.abs().amax((0, 1, 2)).nonzero().flatten() // stride
    return at - int(columns.min()), int(columns.max()) - at


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("downsampling", STRIDES)
def test_nothing_matters_beyond_the_halo(downsampling: int, groups: int) -> None:
    model = build(downsampling, groups=groups).double().eval()
    at = model.halo + 1
    side = 2 * at + 1
    reach = [*influence(model, False, side, at), *influence(model, True, side, at)]
    assert max(reach) == model.halo, "safe, and not wasteful"


def test_pieces_that_overlap_by_the_halo_give_the_whole() -> None:
    model = build(4).double().eval()
    halo, stride = model.halo, model.stride
    x = pictures(1, 8, (4 * halo + 3) * stride).double()
    with torch.no_grad():
        (whole,) = model.features(x)
        cut = 2 * halo + 1
        left = model.features(x[..., : (cut + halo) * stride])[0][..., :cut]
        right = model.features(x[..., (cut - halo) * stride :])[0][..., halo:]
        torch.testing.assert_close(torch.cat([left, right], -1), whole, rtol=0, atol=1e-12)
        left = model.decode(whole[..., : cut + halo])[..., : cut * stride]
        right = model.decode(whole[..., cut - halo :])[..., halo * stride :]
        torch.testing.assert_close(torch.cat([left, right], -1), model.decode(whole), rtol=0, atol=1e-12)


@pytest.mark.parametrize("wrong", [1, 3, 16])
def test_other_downsamplings_are_refused(wrong: int) -> None:
    with pytest.raises(ValueError, match="downsampling must be 2, 4 or 8"):
        build(wrong)
