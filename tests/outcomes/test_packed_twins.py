"""Networks and their packed forms on the same images."""

import pytest
import torch
from torch import nn

from binary_networks import network_of, random_state
from compressible.metrics.right_answers import guesses
from compressible.models.packed_binary_net import PackedBinaryNet
from compressible.outcomes.packed_twins import PackedTwins

DRAW = torch.Generator().manual_seed(0)
SIGNS = 2 * torch.randint(2, (30, 4, 7, 7), generator=DRAW).char() - 1


def test_what_is_shown_as_few_vectors_is_looked_up() -> None:
    network = random_state(network_of("codes"))
    with pytest.raises(ValueError, match="or symbols"):
        PackedBinaryNet.of(network)
    assert PackedTwins(SIGNS).agreements(network) == (30,)


def test_disagreements_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A packed form that always names the class of the first image agrees where the network does."""
    network = random_state(network_of("codes_binary"))
    named = guesses(network, SIGNS)
    expected = int((named == named[0]).sum())
    assert 0 < expected < 30
    monkeypatch.setattr(PackedBinaryNet, "__call__", lambda _, inputs: named[:1].expand(len(inputs)).numpy())
    assert PackedTwins(SIGNS).agreements(network) == (expected,)


def test_what_is_not_packed_is_not_counted() -> None:
    many = torch.randn(30, 4, 7, 7, generator=DRAW)
    assert PackedTwins(many).agreements(network_of("codes")) == (), "1,470 vectors are no alphabet"
    assert PackedTwins(SIGNS).agreements(network_of("codes_mlp")) == ()
    assert PackedTwins(SIGNS).agreements(nn.Flatten()) == ()


def test_a_packed_form_that_fails_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be taken for one that does not exist, or for the other form."""

    def fail(net: PackedBinaryNet, inputs: object) -> None:
        raise ValueError("a shape that does not fit")

    monkeypatch.setattr(PackedBinaryNet, "__call__", fail)
    for arm in ("codes", "codes_binary"):
        with pytest.raises(ValueError, match="does not fit"):
            PackedTwins(SIGNS).agreements(random_state(network_of(arm)))
