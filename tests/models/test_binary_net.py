"""The published networks, to the parameter and the MAC, and the arms that are compared with them."""

import pytest
import torch
from torch import Tensor

from binary_networks import network_of, random_state
from compressible.instantiate import ConfigError
from compressible.models import BinaryNet, LayerPlan, profile
from compressible.models.binary_layers import LATENT
from compressible.resources import config_folder

ONE_HOT = torch.eye(16, dtype=torch.uint8)[torch.arange(98) % 16].reshape(2, 7, 7, 16).permute(0, 3, 1, 2)
SIGNS = torch.ones(2, 4, 7, 7, dtype=torch.int8)
INPUTS = {
    "pixels": torch.randint(256, (2, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)),
    "blocks": torch.ones(2, 16, 7, 7, dtype=torch.int8),
    **dict.fromkeys(("codes", "codes_published", "codes_gray", "codes_sorted", "codes_binary", "codes_longer"), SIGNS),
    **dict.fromkeys(("quarters", "codes_bits_mlp", "quarters_mlp"), SIGNS),
    **dict.fromkeys(("codes_vectors", "codes_mlp"), torch.randn(2, 4, 7, 7)),
    **dict.fromkeys(("codes_one_hot", "codes_one_hot_wide", "codes_linear", "codes_look_up"), ONE_HOT),
    **dict.fromkeys(("codes_embedded", "codes_embedded_mlp"), ONE_HOT),
}
COSTS = {  # one-bit MACs, 32-bit MACs, of these added, of these multiplied, one-bit weights, other numbers
    "pixels": (2_599_552, 194_688, 194_688, 0, 93_088, 468),
    **dict.fromkeys(
        ("codes", "codes_published", "codes_gray", "codes_sorted", "codes_longer", "quarters"),
        (4_736, 12_544, 12_544, 0, 4_736, 12_544 + 276),
    ),
    "codes_binary": (12_544 + 4_736, 0, 0, 0, 12_544 + 4_736, 276),
    "codes_one_hot": (4_732, 12_544, 49 * 16, 0, 4_732, 12_544 + 2 * (16 + 182 + 10)),
    "codes_one_hot_wide": (4_736, 50_176, 49 * 64, 0, 4_736, 50_176 + 276),
    "codes_vectors": (4_736, 12_544, 12_544, 12_544, 4_736, 12_544 + 276),
    "blocks": (4_736, 50_176, 50_176, 0, 4_736, 50_176 + 276),
    "codes_embedded": (4_698, 12_544, 49 * 4 + 9_408, 9_408, 4_698, 64 + 9_408 + 2 * (4 + 48 + 81 + 10)),
    "codes_linear": (0, 7_840, 490, 0, 0, 7_840 + 20),
    "codes_look_up": (0, 11_760 + 150, 735 + 150, 150, 0, 11_910 + 50),
    **dict.fromkeys(("codes_bits_mlp", "quarters_mlp"), (0, 11_760 + 600, 12_360, 600, 0, 12_360 + 140)),
    "codes_mlp": (0, 11_760 + 600, 12_360, 12_360, 0, 12_360 + 140),
    "codes_embedded_mlp": (0, 3_136 + 8_820 + 450, 196 + 9_270, 9_270, 0, 64 + 9_270 + 2 * (4 + 45 + 10)),
}


@pytest.mark.parametrize("arm", sorted(path.stem for path in (config_folder() / "input").glob("*.yaml")))
def test_every_arm_costs_what_is_counted_by_hand(arm: str) -> None:
    network = network_of(arm)
    cost = profile(network, INPUTS[arm]).total
    products = (cost.one_bit_macs, cost.macs, cost.additions, cost.multiplications)
    assert (*products, cost.one_bit_weights, cost.numbers) == COSTS[arm]
    assert network(INPUTS[arm]).shape == (2, 10)
    if arm.startswith("codes") and arm != "codes_one_hot_wide":
        assert cost.macs <= 12_544
        assert cost.one_bit_macs <= 4_736 or arm == "codes_binary"


def test_the_published_sizes() -> None:
    """13.19 and 365.45 KiB, 50.66 and 68.58 KiB."""
    pixels, codes = (profile(network_of(arm), INPUTS[arm]).total for arm in ("pixels", "codes_published"))
    assert (pixels.parameters, codes.parameters) == (93_556, 17_556)
    kib = [round(size / 1024, 2) for size in (pixels.float32_bytes, pixels.packed_bytes)]
    assert kib == [365.45, 13.19]
    assert [round(size / 1024, 2) for size in (codes.float32_bytes, codes.packed_bytes)] == [68.58, 50.66]


def test_the_baseline_layer_by_layer() -> None:
    network = network_of("pixels")
    costs = {layer.name: layer.cost for layer in profile(network, INPUTS["pixels"]).layers}
    one_bit = [costs[f"stages.{i}.layer"].one_bit_macs for i in range(5)]
    assert one_bit == [0, 2_230_272, 331_776, 36_864, 640]
    assert [costs[f"stages.{i}.layer"].one_bit_weights for i in range(5)] == [288, 18_432, 36_864, 36_864, 640]
    assert [costs[f"stages.{i}.norm"].numbers for i in range(5)] == [64, 128, 128, 128, 20]


def test_pixels_are_brought_to_one() -> None:
    network = network_of("pixels").eval()
    given: list[Tensor] = []
    network.stages.register_forward_pre_hook(lambda _, args: given.append(args[0]))
    network(torch.tensor([0, 255], dtype=torch.uint8).repeat(392).view(1, 1, 28, 28))
    assert given[0].unique().tolist() == [-1, 1]


def test_a_network_is_a_chain_of_layer_pooling_and_normalisation() -> None:
    network = random_state(BinaryNet((1, 8, 8), (LayerPlan(3, kernel=3, pool=2, activation="none"), LayerPlan(4))))
    x = torch.randn(5, 1, 8, 8)
    first, second = network.all_stages()
    kernel = torch.where(first.layer.stored < 0, -1.0, 1.0)
    maps = torch.nn.functional.conv2d(x, kernel).unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5))
    hidden = [torch.where(first.norm(maps) < 0, -1.0, 1.0).flatten(1), torch.where(second.layer.stored < 0, -1.0, 1.0)]
    torch.testing.assert_close(network(x), second.norm(hidden[0] @ hidden[1].T))
    assert {name.rpartition(".")[2] for name, _ in network.named_parameters()} == {LATENT, "offset"}


def test_inputs_of_another_shape_are_told_what_to_set() -> None:
    with pytest.raises(ConfigError, match=r"model\.shape=\[8,7,7\]"):
        network_of("codes")(torch.ones(1, 8, 7, 7))


def test_layers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="leave nothing"):
        BinaryNet((1, 4, 4), (LayerPlan(3, kernel=5),))
    with pytest.raises(ValueError, match="one place"):
        BinaryNet((1, 4, 4), (LayerPlan(3, kernel=3),))
