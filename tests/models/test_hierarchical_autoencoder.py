from functools import partial

import pytest
import torch
from torch import Tensor

from compressible.likelihoods import Categorical, Head, LogisticMixture, SquaredError
from compressible.models import HierarchicalAutoencoder, ProjectedBottleneck
from compressible.partitions import Slices
from compressible.quantizers import Residual, Vector


def codebooks(count: int, dimension: int, codes: int, shared: bool = False) -> partial[ProjectedBottleneck]:
    projections, copies = (1, count) if shared else (count, 1)
    quantizer = partial(Vector, codes=codes)
    return partial(
        ProjectedBottleneck,
        dimension=dimension,
        projections=projections,
        copies=copies,
        partition=Slices(count),
        quantizer=quantizer,
    )


def small(levels: int, head: Head | None = None, shared: bool = False) -> HierarchicalAutoencoder:
    torch.manual_seed(0)
    level = codebooks(2, 5, 6, shared)
    model = HierarchicalAutoencoder(level, head or SquaredError(), levels, 8, 1, 4, 2)
    model.initialise(pictures(4))
    return model.eval()


def pictures(count: int, side: int = 32, seed: int = 1) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def convolution(before: int, after: int, kernel: int) -> int:
    return before * after * kernel * kernel + after


@pytest.mark.parametrize("inside", [32, 256])
@pytest.mark.parametrize("levels", [1, 2, 3])
def test_the_published_network_has_the_parameters_of_its_layers(levels: int, inside: int) -> None:
    """Counted from the description of the authors' code; 3 levels with blocks of 32 are the 22M of Table 1."""
    blocks = 3 * (convolution(256, inside, 3) + convolution(inside, 256, 1))
    encoder = convolution(256, 128, 4) + convolution(128, 256, 3) + blocks
    first = convolution(3, 128, 4) + convolution(128, 256, 3) + blocks
    up = convolution(256, 256, 4)
    wide = convolution(320, 256, 3) + blocks + up  # a decoder of quantized values
    same = convolution(256, 256, 3) + blocks  # a decoder of features, without its up-sampling
    projections = 5 * convolution(256, 64, 1) + (levels - 1) * 5 * convolution(512, 64, 1)
    head = convolution(levels * 256, 256, 3) + blocks + up + same + convolution(256, 3, 3)
    above = encoder + wide + wide + same + up  # encoder, condition of the level below, and two steps up to the image
    expected = first + encoder + projections + wide + head + (levels - 1) * above

    with torch.device("meta"):
        model = HierarchicalAutoencoder(codebooks(5, 64, 32), SquaredError(), levels, 256, 3, inside, 2)
    count = sum(parameter.numel() for parameter in model.parameters())
    assert count == expected
    published = {(1, 256): 15.06, (2, 256): 29.72, (3, 256): 44.37, (3, 32): 22.00}
    if (levels, inside) in published:
        assert count / 1e6 == pytest.approx(published[levels, inside], abs=0.006)


def test_with_a_mixture_it_has_as_many_as_published() -> None:
    with torch.device("meta"):
        model = HierarchicalAutoencoder(codebooks(5, 64, 32), LogisticMixture(), 3, 256, 3, 32, 2)
    assert sum(parameter.numel() for parameter in model.parameters()) / 1e6 == pytest.approx(22.23, abs=0.006)


@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize("head", [SquaredError(), Categorical(), LogisticMixture()])
def test_symbols_are_all_that_the_decoder_needs(levels: int, head: Head) -> None:
    model, x = small(levels, head), pictures(3)
    out = model(x)
    assert out.x_hat.shape == (3, head.channels(3), 32, 32)
    sides = [8 >> (levels - 1 - i) for i in range(levels)]
    assert [tuple(entry.symbols.shape) for entry in out.quantized] == [(2, 3 * side * side) for side in sides]
    symbols = model.symbols(x)
    for given, entry in zip(symbols, out.quantized, strict=True):
        assert torch.equal(given, entry.symbols)
    torch.testing.assert_close(model.reconstruct(symbols, tuple(x.shape)), out.x_hat)


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_shapes_of_features_are_those_that_bottlenecks_see(levels: int) -> None:
    model = small(levels)
    seen: list[tuple[int, ...]] = []
    for bottleneck in model.bottlenecks:
        bottleneck.register_forward_pre_hook(lambda _, args: seen.append(tuple(args[0].shape)))
    x = torch.rand(3, 3, 32, 64)
    model(x)
    assert model.feature_shapes(tuple(x.shape)) == tuple(seen)
    assert seen[-1] == (3, 10, 8, 16)


def test_pictures_do_not_see_each_other() -> None:
    model, x = small(2), pictures(5)
    alone = [model.symbols(picture[None]) for picture in x]
    for i, level in enumerate(model.symbols(x)):
        assert torch.equal(level, torch.cat([one[i] for one in alone], dim=1))


def test_a_finer_level_sees_what_the_coarser_decodes_to() -> None:
    model, x = small(2), pictures(3)
    before = model(x).quantized
    with torch.no_grad():
        model.bottlenecks[0].quantizer.get_submodule("codebook").get_buffer("codes").mul_(30)
    top = model.symbols(x)
    assert not torch.equal(top[1], before[1].symbols)


def test_codes_begin_at_what_they_quantize() -> None:
    """Coarsest first: a finer level's codes are vectors that it sees with the codes above in place."""
    torch.manual_seed(0)
    model = HierarchicalAutoencoder(codebooks(2, 5, 6), SquaredError(), 2, 8, 1, 4, 2)
    seen: list[Tensor] = []
    x = pictures(4)
    model.initialise(x)
    for bottleneck in model.bottlenecks:
        bottleneck.register_forward_pre_hook(lambda module, args: seen.append(module.partition.cut(args[0])))
    model.eval()(x)
    for bottleneck, vectors in zip(model.bottlenecks, seen, strict=True):
        codes = bottleneck.quantizer.get_submodule("codebook").get_buffer("codes")
        distances = torch.cdist(codes, vectors, compute_mode="donot_use_mm_for_euclid_dist")
        assert distances.amin(-1).max() < 1e-6
        assert len(codes.flatten(0, 1).unique(dim=0)) == 2 * 6


def test_codebooks_see_projections_of_their_own_or_copies_of_one() -> None:
    z = torch.randn(2, 7, 4, 4)
    own = codebooks(3, 5, 6)(7)
    assert own.channels == 15
    slices = own.project(z).unflatten(1, (3, 5))
    for i in range(3):
        kernel = own.projection.weight[5 * i : 5 * (i + 1), :, 0, 0]
        expected = torch.einsum("oc,bchw->bohw", kernel, z) + own.projection.bias[5 * i : 5 * (i + 1), None, None]
        torch.testing.assert_close(slices[:, i], expected)
    shared = codebooks(3, 5, 6, shared=True)(7)
    assert shared.channels == 15
    copies = shared.project(z).unflatten(1, (3, 5))
    assert torch.equal(copies[:, 0], copies[:, 1])
    assert torch.equal(copies[:, 0], copies[:, 2])


def test_any_quantizer_fits() -> None:
    stages = partial(Residual, quantizer=partial(Vector, codes=4), stages=3)
    level = partial(ProjectedBottleneck, dimension=6, projections=1, copies=1, partition=Slices(1), quantizer=stages)
    torch.manual_seed(0)
    model = HierarchicalAutoencoder(level, SquaredError(), 1, 8, 1, 4, 2)
    x = pictures(2)
    model.initialise(x)
    (symbols,) = model.eval().symbols(x)
    assert symbols.shape == (3, 2 * 64)
    torch.testing.assert_close(model.reconstruct((symbols,), (2, 3, 32, 32)), model(x).x_hat)


def test_sizes_that_make_no_sense_are_refused() -> None:
    for levels, downsamplings in ((0, 2), (1, 0)):
        with pytest.raises(ValueError, match="positive"):
            HierarchicalAutoencoder(codebooks(1, 4, 4), SquaredError(), levels, 8, 1, 4, downsamplings)
