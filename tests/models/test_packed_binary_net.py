"""Packed inference against the network it was made of."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from binary_networks import network_of, random_state
from compressible.models import BinaryNet, LayerPlan
from compressible.models import packed_kernels as kernels
from compressible.models.packed_binary_net import PackedBinaryNet
from mnist_files import digits

IMAGES = 1000


def drawn(*shape: int, below: int) -> Tensor:
    return torch.randint(below, shape, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def guesses(network: BinaryNet, inputs: Tensor) -> list[int]:
    return torch.cat([network(part).argmax(1) for part in inputs.split(250)]).tolist()


@pytest.mark.parametrize("arm", ["pixels", "codes_binary"])
def test_predictions_are_those_of_the_network(arm: str) -> None:
    """On 1,000 images, with random weights and statistics."""
    network = random_state(network_of(arm))
    blots = torch.from_numpy(digits(IMAGES)[0])[:, None]
    images = blots if arm == "pixels" else 2 * drawn(IMAGES, 4, 7, 7, below=2) - 1
    expected = guesses(network, images)
    assert len(set(expected)) > 5, "the network tells images apart"
    assert PackedBinaryNet.of(network)(images.numpy()).tolist() == expected


@pytest.mark.parametrize("arm", ["codes", "codes_binary", "codes_one_hot", "codes_vectors"])
def test_predictions_from_symbols_are_those_of_the_network(arm: str) -> None:
    """The first layer looks up what each of 16 symbols adds at its place, whatever it is shown as."""
    shown = {
        "codes_one_hot": torch.eye(16),
        "codes_vectors": torch.randn(16, 4, generator=torch.Generator().manual_seed(2)),
    }.get(arm, 2 * ((torch.arange(16)[:, None] >> torch.arange(4)) & 1) - 1.0)
    network = random_state(network_of(arm))
    symbols = drawn(IMAGES, 1, 7, 7, below=16)
    inputs = shown[symbols[:, 0]].permute(0, 3, 1, 2).contiguous()
    expected = guesses(network, inputs)
    assert len(set(expected)) > 5, "the network tells codes apart"
    assert PackedBinaryNet.of(network, shown)(symbols.numpy()).tolist() == expected


@pytest.mark.parametrize("channels", [3, 64, 65, 130])
@pytest.mark.parametrize("stride", [1, 2])
def test_channels_need_not_fill_words(channels: int, stride: int) -> None:
    layers = (LayerPlan(70, kernel=2, stride=stride, pool=2), LayerPlan(5, kernel=2), LayerPlan(4))
    network = random_state(BinaryNet((channels, 3 + 3 * stride, 3 + 3 * stride), layers))
    inputs = 2 * drawn(50, *network.shape, below=2).char() - 1
    assert PackedBinaryNet.of(network)(inputs.numpy()).tolist() == guesses(network, inputs)


@given(st.integers(1, 140), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_sums_are_those_of_signs(length: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    inputs, weights = (draw.choice([-1, 1], (n, length)).astype(np.float32) for n in (3, 4))
    packed, kernel = (kernels.pack_signs(signs.reshape(*signs.shape, 1, 1)) for signs in (inputs, weights))
    sums = kernels.sign_sums(packed, np.ascontiguousarray(kernel.transpose(1, 2, 3, 0)), length, 1)
    assert np.array_equal(sums[:, 0, 0], (inputs @ weights.T).astype(np.int32))


def test_signs_that_one_kernel_spans_fill_their_words() -> None:
    """196 of them: three words and a part of a fourth, whatever their places."""
    signs = 2 * drawn(3, 4, 7, 7, below=2) - 1
    words = PackedBinaryNet.of(network_of("codes_binary")).prepare(signs.numpy())
    assert words.shape == (3, 1, 1, 4)
    expected = np.zeros((3, 4), np.uint64)
    for image, values in enumerate(signs.flatten(1).tolist()):
        for place, value in enumerate(values):
            expected[image, place // 64] |= np.uint64(value > 0) << np.uint64(place % 64)
    assert np.array_equal(words[:, 0, 0], expected)


def test_a_threshold_is_where_the_normalised_sum_changes_its_sign() -> None:
    """And a channel whose normalised sums are all of one sign is always that."""
    network = random_state(BinaryNet((3, 1, 1), (LayerPlan(4), LayerPlan(2))))
    first = network.all_stages()[0]
    first.norm.mean.copy_(torch.tensor([0.0, 1.0, 100.0, -100.0]))
    first.norm.offset.data.zero_()
    first.norm.variance.fill_(1)
    packed = PackedBinaryNet.of(network)
    # Sums of three signs are -3, -1, 1, 3; zero counts as positive.
    assert packed.stages[0].thresholds.tolist() == [0, 1, 4, -3]


def test_what_the_network_does_not_take_is_refused() -> None:
    """Compiled code would read on where nothing is."""
    signs, pixels = PackedBinaryNet.of(network_of("codes_binary")), PackedBinaryNet.of(network_of("pixels"))
    looked_up = PackedBinaryNet.of(network_of("codes_one_hot"), torch.eye(16))
    taken = np.zeros((2, 1, 7, 7), np.int64)
    for packed, inputs in (
        (signs, np.ones((2, 3, 7, 7), np.int8)),
        (signs, np.ones((2, 4, 7, 6), np.int8)),
        (signs, np.ones((4, 7, 7), np.int8)),
        (pixels, np.zeros((2, 1, 28, 27), np.uint8)),
        (looked_up, taken[:, :, :6]),
    ):
        with pytest.raises(ValueError, match="inputs of shape"):
            packed(inputs)
    with pytest.raises(ValueError, match="bytes, got float32"):
        pixels(np.zeros((2, 1, 28, 28), np.float32))
    for symbols in (taken + 16, taken - 1, taken + 0.5):
        with pytest.raises(ValueError, match=r"integers in 0\.\.15"):
            looked_up(symbols)
    assert looked_up(taken + 15).shape == (2,)
    assert looked_up(taken[:0]).shape == (0,)


def test_what_cannot_be_packed_is_refused() -> None:
    for arm in ("codes_embedded", "codes_mlp", "codes_linear"):
        with pytest.raises(ValueError, match="after the first have signs"):
            PackedBinaryNet.of(network_of(arm))
    with pytest.raises(ValueError, match="or symbols"):
        PackedBinaryNet.of(network_of("codes"))
    with pytest.raises(ValueError, match="whole input"):
        PackedBinaryNet.of(BinaryNet((2, 3, 3), (LayerPlan(3, kernel=2), LayerPlan(2))), torch.eye(2))
