"""Costs of networks by hand; those of the binary ones are in test_binary_net.py."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from compressible.likelihoods import SquaredError
from compressible.models import (
    BinaryNet,
    Bottleneck,
    CompressiveAutoencoder,
    Cost,
    HierarchicalAutoencoder,
    LayerPlan,
    LtcAutoencoder,
    ProjectedBottleneck,
    QuantizedNetwork,
    Replicas,
    ResNet,
    VqVae,
    profile,
    resnet32,
)
from compressible.partitions import Positions, Slices
from compressible.quantizers import Depthwise, Scalar, SoftToHard, Vector

ROUNDED = partial(Scalar, levels=5)
"""Searches for nothing."""
SLICED = partial(Depthwise, quantizer=ROUNDED, slices=2, projected=True)
LEVEL = partial(ProjectedBottleneck, dimension=4, projections=2, copies=1, partition=Slices(2), quantizer=ROUNDED)
OTHERS: dict[str, Callable[[], nn.Module]] = {
    "compressive": lambda: CompressiveAutoencoder(6, Bottleneck(6, Positions(), ROUNDED), (8, 12), (1, 1)),
    "subpixel": lambda: CompressiveAutoencoder(
        6, Bottleneck(6, Positions(), ROUNDED), (8, 12), (1, 1), upsampling="subpixel"
    ),
    "ltc": lambda: LtcAutoencoder(4, Bottleneck(4, Positions(), ROUNDED), 4, 8, 1),
    "hierarchical": lambda: HierarchicalAutoencoder(LEVEL, SquaredError(), 2, 8, 1, 4, 2),
    "depthwise": lambda: VqVae(Bottleneck(4, Positions(), SLICED), SquaredError(), (4, 6), 3),
    "residual network": lambda: ResNet(8, 4),
    "binary": lambda: BinaryNet((3, 32, 32), (LayerPlan(4, 3, 2, 2), LayerPlan(5, 2, binary=False), LayerPlan(10))),
}


def test_layer_by_layer() -> None:
    layers = nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2, padding=1, groups=1),
        nn.BatchNorm2d(8),
        nn.Conv2d(8, 8, 3, padding=1, groups=4, bias=False),
        nn.ConvTranspose2d(8, 2, 4, stride=2, padding=1),
        nn.Flatten(),
        nn.Linear(2 * 8 * 8, 5),
    )
    costs = {layer.name: layer.cost for layer in profile(layers, torch.randn(3, 3, 8, 8)).layers}
    assert costs["0"] == Cost(numbers=8 * 27 + 8, macs=(n := 16 * 8 * 27), additions=n, multiplications=n)
    assert costs["1"] == Cost(numbers=16)
    assert costs["2"] == Cost(numbers=8 * 2 * 9, macs=(n := 16 * 8 * 2 * 9), additions=n, multiplications=n)
    assert costs["3"] == Cost(numbers=8 * 2 * 16 + 2, macs=(n := 8 * 16 * 2 * 16), additions=n, multiplications=n)
    assert costs["5"] == Cost(numbers=128 * 5 + 5, macs=(n := 128 * 5), additions=n, multiplications=n)
    assert "4" not in costs


@pytest.mark.parametrize("name", OTHERS)
@torch.no_grad()
def test_products_are_as_many_as_torch_counts(name: str) -> None:
    """By its own counter, which looks at the operations and knows no layers: two operations a product."""
    torch.manual_seed(0)
    network, x = OTHERS[name]().eval(), torch.randn(2, 3, 32, 32)
    with FlopCounterMode(display=False) as counter:
        network(x)
    total = profile(network, x).total
    assert 2 * len(x) * (total.macs + total.one_bit_macs) == counter.get_total_flops() > 0


@pytest.mark.parametrize("images", [1, 3])
def test_to_quantize_weights_is_no_cost_of_an_image(images: int) -> None:
    network, x = ResNet(8, 4), torch.randn(images, 3, 16, 16)
    quantized = QuantizedNetwork(network, partial(SoftToHard, centers=9), ("*.weight",))
    quantized.initialise()
    assert profile(quantized, x).total.macs == profile(network, x).total.macs


def test_what_hides_its_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="replicas hide"):
        profile(Replicas(nn.Linear(2, 3), 2, 0), torch.zeros(2, 4, 2))


def test_what_is_one_hot_is_looked_up() -> None:
    """At the edge of an image, where the kernel reaches beyond it, a look-up less for each place outside."""
    x = torch.zeros(2, 4, 3, 3)
    x[:, 1] = 1
    ones = profile(nn.Conv2d(4, 6, 3, padding=1, bias=False), x).total
    places = 4 * 4 + 4 * 6 + 9  # of the image within reach of its corners, edges and centre
    assert ones == Cost(numbers=4 * 6 * 9, macs=9 * 6 * 4 * 9, additions=6 * places)
    rows = torch.eye(5)
    assert profile(nn.Linear(5, 7), rows).total == Cost(numbers=42, macs=35, additions=7)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_an_image_of_one_colour_is_not_one_hot(value: float) -> None:
    """Neither black nor white is looked up: it costs what any image costs."""
    torch.manual_seed(0)
    network = LtcAutoencoder(4, Bottleneck(4, Positions(), ROUNDED), 2, 8, 1)
    x = torch.randn(2, 3, 16, 16)
    assert profile(network, torch.full_like(x, value)).total == profile(network, x).total
    grey, linear = nn.Conv2d(1, 2, 3, bias=False), nn.Linear(3, 2, bias=False)
    assert profile(grey, torch.full((1, 1, 3, 3), value)).total.multiplications == 2 * 9
    assert profile(linear, torch.full((1, 3), value)).total.multiplications == 6


def test_resnet32_has_as_many_as_are_known() -> None:
    """Counted from He et al. 2016: 15 blocks of two convolutions with 16, 32 and 64 channels at 32, 16 and 8 rows."""
    macs = 32 * 32 * 16 * 27 + 64 * 10
    before = 16
    for channels, side in ((16, 32), (32, 16), (64, 8)):
        for _ in range(5):
            macs += side * side * channels * 9 * (before + channels)
            before = channels
    total = profile(resnet32(), torch.randint(256, (2, 3, 32, 32), dtype=torch.uint8)).total
    assert (total.macs, total.parameters) == (macs, 464_154)


def test_an_autoencoder_searches_its_codes() -> None:
    bottleneck = Bottleneck(4, Positions(), partial(Vector, codes=16, update="gradient"))
    model = VqVae(bottleneck, SquaredError((0.5,), (0.3,)))
    result = profile(model, torch.rand(2, 1, 28, 28))
    assert result.total.parameters == 40_261
    macs = {layer.name: layer.cost.macs for layer in result.layers if layer.cost.macs}
    assert macs == {
        "bottleneck.quantizer": 49 * 16 * 4,
        "encoder.0": 196 * 32 * 9,
        "encoder.2": 49 * 64 * 32 * 9,
        "encoder.4": 49 * 64 * 4,
        "decoder.0": 49 * 4 * 64 * 9,
        "decoder.2": 196 * 64 * 32 * 9,
        "decoder.4": 784 * 32 * 9,
    }


def test_a_layer_used_twice_is_stored_once() -> None:
    layer = nn.Linear(3, 3)
    total = profile(nn.Sequential(layer, nn.ReLU(), layer), torch.randn(1, 3)).total
    assert (total.numbers, total.macs) == (12, 18)
    tied = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    tied[1].weight = tied[0].weight
    assert profile(tied, torch.randn(1, 3)).total.numbers == 9


def test_the_network_is_left_as_it_was() -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1)).train()
    network[1].eval()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    profile(network, torch.randn(2, 1, 5, 5))
    assert network.training
    assert not network[1].training
    assert not network[0]._forward_hooks
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key])


def test_bytes_in_two_accountings() -> None:
    cost = Cost(one_bit_weights=17, numbers=3)
    assert (cost.float32_bytes, cost.packed_bytes) == (80, 3 + 12)
