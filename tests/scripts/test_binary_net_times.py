"""The table of times of packed inference, from a record made up here."""

import sys
from pathlib import Path

import pytest
import torch

from binary_networks import random_state
from compressible.models.binary_layers import BinaryLayer
from compressible.reports.environment import Environment
from compressible.reports.schema import save

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import write_results
from benchmark import SCHEMA, Report
from benchmarks.binary_net import ARMS, PLAIN, BinaryNets, PackedCost, forms, plain_layers, random_network, times_table
from benchmarks.measure import Summary


def spread(median: float) -> Summary:
    return Summary(median, median / 2, 2 * median, median / 3, 3 * median, 50)


def test_times_are_medians_in_microseconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_results, "RESULTS", tmp_path)
    assert write_results.TABLES["bnn_mnist_times"]() == ""
    cost = PackedCost("codes_binary", 1000, {"packed": spread(2e-6), "float": spread(11e-6)}, spread(5.43), 0.999)
    environment = Environment("benchmark", None, "2026-01-01", "cpu", 2, "Linux", {})
    path = tmp_path / "benchmark_binary_net.json"
    save(path, Report(SCHEMA, environment, 2, quick=False, binary_net=BinaryNets((cost,))))
    *_, row = write_results.TABLES["bnn_mnist_times"]().strip().splitlines()
    assert row == "| codes, first layer binary | 1,000 | 2 (1 to 4) | 11 (5.5 to 22) | 5.43 (2.71 to 10.9) | 99.9 |"


def test_what_has_one_form_alone_has_one_time() -> None:
    never = PackedCost("vqvae_mnist", 1, {"float": spread(11e-6)}, None, None)
    *_, row = times_table(BinaryNets((never,))).strip().splitlines()
    assert row == "| the VQ-VAE's encoder, pixels to codes | 1 | n/a | 11 (5.5 to 22) | n/a | n/a |"


@pytest.mark.parametrize("arm", [*ARMS, *PLAIN])
@torch.no_grad()
def test_plain_layers_have_their_weights_ready(arm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They give what the network does, and no signs are taken of weights on the way."""
    network = random_state(random_network(arm))
    inputs = torch.randn(40, *network.shape) if arm in PLAIN else forms(arm, network, 40)[1]
    expected, plain = network(inputs), plain_layers(network)
    monkeypatch.setattr(BinaryLayer, "kernel", lambda _: pytest.fail("weights are made anew"))
    assert torch.allclose(plain(inputs), expected, rtol=1e-4, atol=1e-4)
